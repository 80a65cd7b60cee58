"""Writes rows that may exist already: a lower version never replaces a higher one.

The rows of one stream may come from several processes, and in any order. The condition on the
version is in the statement itself: to read a row first and write it then would be a race.
"""

from collections.abc import Callable, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from ..models import Stream, StreamComponent, Transition
from .rows import COMPONENT_COLUMNS, STREAM_COLUMNS, TRANSITION_COLUMNS, RowValues, StreamRows


def write(connection: BaseDatabaseWrapper, rows: StreamRows) -> None:
    """Insert rows, or replace those of a lower version. A transition is never rewritten."""
    _write(connection, Stream, STREAM_COLUMNS, rows.streams)
    _write(connection, StreamComponent, COMPONENT_COLUMNS, rows.components)
    _write(connection, Transition, TRANSITION_COLUMNS, rows.transitions)


def _write(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    names: Sequence[str],
    rows: list[RowValues],
) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_statement(connection, model, names), rows)


def _statement(connection: BaseDatabaseWrapper, model: type[Model], names: Sequence[str]) -> str:
    # Raw SQL: the `bulk_create` of Django (5.2) has no condition for the update of a conflict.
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [quote(name) for name in names]
    key = ", ".join(quote(str(field.column)) for field in model._meta.pk_fields)
    marks = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT ({key})"
    if model is Transition:
        return f"{insert} DO NOTHING"
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"{insert} DO UPDATE SET {changes} WHERE {_condition(quote, model, table)}"


def _condition(quote: Callable[[str], str], model: type[Model], table: str) -> str:
    """Return the condition under which a row is replaced.

    A stream whose end was only presumed may be replaced by its own version, too: its process lives
    after all.
    """
    held, new = f"{table}.{quote('version')}", f"excluded.{quote('version')}"
    if model is Stream:
        return f"{held} < {new} OR ({held} = {new} AND {table}.{quote('presumed')})"
    return f"{held} <= {new}"
