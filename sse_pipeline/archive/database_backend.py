"""The archive in a table of the site. Database routers choose the database."""

from __future__ import annotations

import datetime as dt
import time
from uuid import UUID

from django.db.models import Q

from .backend import ArchiveBackend, ArchiveEntry
from .models import ArchivedStream


class DatabaseArchive(ArchiveBackend):
    """Keeps each stream as a row of `ArchivedStream`."""

    def put(self, entry: ArchiveEntry) -> None:
        expires = None if entry.expires is None else _moment(entry.expires)
        values: dict[str, object] = {"owner": entry.owner, "expires_at": expires}
        values |= {"head": entry.head, "data": entry.data}
        ArchivedStream.objects.update_or_create(pk=UUID(entry.stream_id), defaults=values)

    def get_head(self, stream_id: str) -> bytes | None:
        return _column("head", stream_id)

    def get(self, stream_id: str) -> bytes | None:
        return _column("data", stream_id)

    def remove(self, stream_id: str) -> bool:
        return bool(ArchivedStream.objects.filter(pk=UUID(stream_id)).delete()[0])

    def forget(self, owner: str) -> int:
        return ArchivedStream.objects.filter(owner=owner).delete()[0]

    def sweep(self, most: int) -> int:
        over = ArchivedStream.objects.filter(expires_at__lte=_moment(time.time()))
        keys = [*over.values_list("pk", flat=True)[:most]]
        return ArchivedStream.objects.filter(pk__in=keys).delete()[0] if keys else 0


def _column(name: str, stream_id: str) -> bytes | None:
    try:
        key = UUID(stream_id)
    except ValueError:
        return None
    alive = Q(expires_at=None) | Q(expires_at__gt=_moment(time.time()))
    found = ArchivedStream.objects.filter(alive, pk=key).values_list(name, flat=True).first()
    return None if found is None else bytes(found)


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
