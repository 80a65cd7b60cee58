"""The search, by the fields that have an index.

The search of Django's admin would be a LIKE over text, which reads every row.
"""

import re
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from ..escaping import escape_controls
from ..models import Stream

_HEX = re.compile(r"[0-9a-f]{4,32}")


def search_streams(streams: QuerySet[Stream], term: str) -> QuerySet[Stream]:
    """Return the streams for the beginning of an id, an owner, or the name of a user."""
    term = term.strip()
    found = Q(owner__in=_owners(term))
    if _HEX.fullmatch(digits := term.lower().replace("-", "")):
        found |= Q(pk__range=(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))))
    return streams.filter(found)


def _owners(term: str) -> list[str]:
    user: Any = get_user_model()
    named = user.objects.filter(**{user.USERNAME_FIELD: term}).values_list("pk", flat=True)[:1]
    return [escape_controls(term), *(f"user:{key}" for key in named)]
