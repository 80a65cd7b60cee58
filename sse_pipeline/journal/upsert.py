"""Writing rows that may be there already: a lower version never replaces a higher one."""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model


def upsert(connection: BaseDatabaseWrapper, rows: Sequence[Model], *, guarded: bool) -> None:
    """Insert rows of one model. Of those that are there, replace the ones of a lower version.

    A row whose end was only presumed gives way to one of its own version, too. Not `guarded`, the
    rows that are there stay.
    """
    if not rows:
        return
    fields = rows[0]._meta.concrete_fields
    values = [
        tuple(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_statement(connection, type(rows[0]), guarded=guarded), values)


def _statement(connection: BaseDatabaseWrapper, model: type[Model], *, guarded: bool) -> str:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = [quote(field.column) for field in model._meta.concrete_fields]
    key = ", ".join(quote(field.column) for field in model._meta.pk_fields)
    marks = ", ".join(["%s"] * len(names))
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT ({key})"
    if not guarded:
        return f"{insert} DO NOTHING"
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    guard = f"{table}.{quote('version')} < excluded.{quote('version')}"
    if "presumed" in {field.name for field in model._meta.concrete_fields}:
        same = f"{table}.{quote('version')} = excluded.{quote('version')}"
        guard += f" OR {same} AND {table}.{quote('presumed')}"
    return f"{insert} DO UPDATE SET {changes} WHERE {guard}"
