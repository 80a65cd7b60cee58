"""An archive for tests, and back-ends with a fault that a test controls."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from harness import databases
from harness.django_requests import ANN, asked
from sse_pipeline import SSEHandler
from sse_pipeline.archive import ArchiveBackend
from sse_pipeline.archive.backend import ArchiveEntry
from sse_pipeline.archive.models import ArchivedStream

ALIAS = "archive"
APP = "sse_pipeline.archive"
IN_FILES = "sse_pipeline.archive.storage_backend.StorageArchive"
IN_DATABASE = "sse_pipeline.archive.database_backend.DatabaseArchive"
IN_MEMORY = "harness.archives.MemoryArchive"
STORAGES: dict[str, dict[str, object]] = {
    "sse_archive": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
}


class ToTheArchive:
    """The router that sends the archive to its database."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return ALIAS if model is ArchivedStream else None

    db_for_write = db_for_read


class MemoryArchive(ArchiveBackend):
    """Keeps entries in this process. `failures` operations fail first."""

    entries: ClassVar[dict[str, ArchiveEntry]] = {}
    #: The streams whose data was asked for.
    fetched: ClassVar[list[str]] = []
    failures: ClassVar[float] = 0

    @classmethod
    def reset(cls) -> None:
        cls.entries.clear()
        cls.fetched.clear()
        cls.failures = 0

    def put(self, entry: ArchiveEntry) -> None:
        self._fail()
        self.entries[entry.stream_id] = entry

    def get_head(self, stream_id: str) -> bytes | None:
        self._fail()
        entry = self.entries.get(stream_id)
        return None if entry is None else entry.head

    def get(self, stream_id: str) -> bytes | None:
        self._fail()
        self.fetched.append(stream_id)
        entry = self.entries.get(stream_id)
        return None if entry is None else entry.data

    def remove(self, stream_id: str) -> bool:
        return self.entries.pop(stream_id, None) is not None

    def forget(self, owner: str) -> int:
        return sum(self.remove(e.stream_id) for e in [*self.entries.values()] if e.owner == owner)

    def sweep(self, most: int) -> int:
        return 0

    def _fail(self) -> None:
        if self.failures > 0:
            type(self).failures -= 1
            raise OSError("the archive was made to fail")


@contextmanager
def in_database(folder: Path) -> Iterator[None]:
    """Add a database in a file with the table of the archive, and send the archive there."""
    from django.conf import settings

    connections.settings[ALIAS] = databases.sqlite(folder / "archive.sqlite3")
    apps = list(dict.fromkeys([*settings.INSTALLED_APPS, APP]))
    routers = ["harness.archives.ToTheArchive"]
    try:
        with override_settings(INSTALLED_APPS=apps, DATABASE_ROUTERS=routers):
            call_command("migrate", "sse_pipeline_archive", database=ALIAS, verbosity=0)
            yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def body(stream_id: str, after: int = 0, user: Any = ANN, dialect: str | None = None) -> bytes:
    """Return what a view sends of a stream, without the time after which a client comes back."""
    request = asked(user=user)
    if after:
        request.META["HTTP_LAST_EVENT_ID"] = str(after)
    response: Any = SSEHandler.attach(stream_id).response(request, dialect=dialect)
    assert response.status_code == 200
    return re.sub(rb"^retry: \d+\n", b"", b"".join(response))
