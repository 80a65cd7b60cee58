"""Writing rows that may be there already: a lower version never replaces a higher one."""

from collections.abc import Callable, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from ..models import Component, Stream, Transition
from .rows import COMPONENT, STREAM, TRANSITION, Row, Rows


def write(connection: BaseDatabaseWrapper, rows: Rows) -> None:
    """Insert rows, or replace those of a lower version; what happened is never rewritten."""
    _write(connection, Stream, STREAM, rows.streams)
    _write(connection, Component, COMPONENT, rows.components)
    _write(connection, Transition, TRANSITION, rows.transitions)


def _write(
    connection: BaseDatabaseWrapper, model: type[Model], names: Sequence[str], rows: list[Row]
) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_statement(connection, model, names), rows)


def _statement(connection: BaseDatabaseWrapper, model: type[Model], names: Sequence[str]) -> str:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [quote(name) for name in names]
    key = ", ".join(quote(str(field.column)) for field in model._meta.pk_fields)
    marks = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT ({key})"
    if model is Transition:
        return f"{insert} DO NOTHING"
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"{insert} DO UPDATE SET {changes} WHERE {_guard(quote, model, table)}"


def _guard(quote: Callable[[str], str], model: type[Model], table: str) -> str:
    """Let a higher version through; one whose end was only presumed gives way to its own, too."""
    held, new = f"{table}.{quote('version')}", f"excluded.{quote('version')}"
    if model is Stream:
        return f"{held} < {new} OR ({held} = {new} AND {table}.{quote('presumed')})"
    return f"{held} <= {new}"
