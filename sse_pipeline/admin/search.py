"""The search, by the fields that have an index.

The search of Django's admin would be a LIKE over text, which reads every row.
"""

import re
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from ..access import users
from ..escaping import escape_controls
from ..models import Stream

_HEX = re.compile(r"[0-9a-f]{4,32}")


def search_streams(streams: QuerySet[Stream], term: str) -> QuerySet[Stream]:
    """Return the streams for the beginning of an id, an owner, or the name of a user."""
    term = term.strip()
    found = Q(owner__in=_owners(term))
    if _HEX.fullmatch(digits := term.lower().replace("-", "")):
        found |= _begins_with(digits, connections[streams.db])
    return streams.filter(found)


def _begins_with(digits: str, connection: BaseDatabaseWrapper) -> Q:
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    if connection.vendor == "mysql" and connection.features.has_native_uuid_field:
        # MariaDB does not sort ids by their first digits, so this reads every row unless the id is
        # whole.
        hyphens = sum(len(digits) > place for place in (8, 12, 16, 20))
        return (
            Q(pk=first) if first == last else Q(pk__startswith=str(first)[: len(digits) + hyphens])
        )
    return Q(pk__range=(first, last))


def _owners(term: str) -> list[str]:
    named, escaped = users.named(term), escape_controls(term)
    return [escaped] if named is None else [escaped, f"user:{named.pk}"]
