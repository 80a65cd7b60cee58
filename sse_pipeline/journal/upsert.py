"""Writes rows that may exist already: a lower version never replaces a higher one.

The rows of one stream may come from several processes, and in any order. The condition on the
version is in the statement itself: to read a row first and write it then would be a race.

There are two dialects: `ON CONFLICT` of SQLite and PostgreSQL, and `ON DUPLICATE KEY UPDATE` of
MariaDB and MySQL, which has no condition for the whole update.
"""

from collections.abc import Callable, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from ..models import Stream, StreamComponent, Transition
from .rows import COMPONENT_COLUMNS, STREAM_COLUMNS, TRANSITION_COLUMNS, RowValues, StreamRows

Quote = Callable[[str], str]

#: When a row is replaced, by the version that is held and by the new one.
_CONDITIONS: dict[type[Model], str] = {
    # A stream whose end was only presumed may be replaced by its own version, too: its process
    # lives after all.
    Stream: "{held} < {new} OR ({held} = {new} AND {held_presumed})",
    StreamComponent: "{held} <= {new}",
}


def is_supported(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a database can write a row that may exist already."""
    return bool(connection.features.supports_update_conflicts)


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
    columns = ", ".join(map(quote, names))
    marks = ", ".join(["%s"] * len(names))
    with_target = connection.features.supports_update_conflicts_with_target
    merge = _on_conflict if with_target else _on_duplicate_key
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) {merge(quote, model, names)}"


def _on_conflict(quote: Quote, model: type[Model], names: Sequence[str]) -> str:
    clause = f"ON CONFLICT ({', '.join(map(quote, _key(model)))}) DO"
    if model is Transition:
        return f"{clause} NOTHING"
    table = quote(model._meta.db_table)
    condition = _condition(
        model, lambda name: f"{table}.{quote(name)}", lambda name: f"excluded.{quote(name)}"
    )
    changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in names)
    return f"{clause} UPDATE SET {changes} WHERE {condition}"


def _on_duplicate_key(quote: Quote, model: type[Model], names: Sequence[str]) -> str:
    clause = "ON DUPLICATE KEY UPDATE"
    if model is Transition:  # not INSERT IGNORE: that would also cut values that do not fit
        key = quote(_key(model)[0])
        return f"{clause} {key} = {key}"
    # VALUES() and not an alias of the new row: MariaDB does not know the latter.
    condition = _condition(model, quote, lambda name: f"VALUES({quote(name)})")
    # Assigned from left to right, and each assignment sees the ones before it. So the columns of
    # the condition come last, and the version after `presumed`: with an equal version nothing
    # changes in it.
    last = [name for name in ("presumed", "version") if name in names]
    others = [name for name in names if name not in {*last, *_key(model)}]
    changes = [
        f"{column} = IF({condition}, VALUES({column}), {column})"
        for column in map(quote, [*others, *last])
    ]
    return f"{clause} {', '.join(changes)}"


def _key(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.pk_fields]


def _condition(model: type[Model], held: Quote, new: Quote) -> str:
    """Return the condition under which a row is replaced."""
    return _CONDITIONS[model].format(
        held=held("version"), new=new("version"), held_presumed=held("presumed")
    )
