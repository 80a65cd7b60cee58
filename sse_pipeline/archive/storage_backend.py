"""The archive in files of one of Django's storages, `STORAGES["sse_archive"]`.

A stream is two files, its head and its data. Two empty ones beside them say whose it is, and on
which day its time is over, so that nobody has to read all of them; the name of the second leads to
the first. They are there before the stream, and go after it: none is left that can't be found.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from contextlib import suppress

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import InvalidStorageError, Storage, storages

from .backend import ArchiveBackend, ArchiveEntry

ALIAS = "sse_archive"
_OWNERS, _DAYS, _HEADS, _STREAMS = "owners", "days", "heads", "streams"
_FIRST_LINE = len("2026-11-29T00:00:00+00:00\n")
_NEVER = "9999-12-31T00:00:00+00:00"


class StorageArchive(ArchiveBackend):
    """Keeps each stream as two files, of which the first line says until when.

    The storage must not be one whose files are served to the public.
    """

    def __init__(self) -> None:
        try:
            self._storage: Storage = storages[ALIAS]
        except InvalidStorageError as error:
            raise ImproperlyConfigured(
                f"SSE_PIPELINE['ARCHIVE'] needs STORAGES[{ALIAS!r}], a storage whose files nobody"
                f" is served ({error})"
            ) from error

    def put(self, entry: ArchiveEntry) -> None:
        until = _NEVER if entry.expires is None else _moment(entry.expires)
        whose, day = "", f"{_DAYS}/{until[:10]}/{entry.stream_id}"
        if entry.owner is not None:
            whose = _marker(_digest(entry.owner), entry.stream_id)
            day += f".{_digest(entry.owner)}"
            self._save(whose, b"")
        self._save(day, b"")
        for folder, content in ((_HEADS, entry.head), (_STREAMS, entry.data)):
            self._save(_path(folder, entry.stream_id), f"{until}\n".encode() + content)
        if whose and not self._storage.exists(whose):  # the owner was forgotten meanwhile
            self._delete(entry.stream_id)

    def get_head(self, stream_id: str) -> bytes | None:
        return self._read(_path(_HEADS, stream_id))

    def get(self, stream_id: str) -> bytes | None:
        return self._read(_path(_STREAMS, stream_id))

    def remove(self, stream_id: str) -> bool:
        known = self._storage.exists(_path(_STREAMS, stream_id))
        self._delete(stream_id)
        return known

    def forget(self, owner: str) -> int:
        return self._clear(f"{_OWNERS}/{_digest(owner)}")

    def sweep(self, most: int) -> int:
        today, gone = _moment(time.time())[:10], 0
        for day in sorted(self._listed(_DAYS)[0]):
            if day >= today or gone >= most:
                break
            gone += self._clear(f"{_DAYS}/{day}")
        return gone

    def _clear(self, folder: str) -> int:
        """Delete the streams that a folder names, and the folder; return how many there were."""
        count = 0
        for name in self._listed(folder)[1]:
            stream_id, _, owner = name.partition(".")
            count += self.remove(stream_id)
            if owner:
                self._storage.delete(_marker(owner, stream_id))
            self._storage.delete(f"{folder}/{name}")
            # A `put` that goes on has looked for the marker before it went, or finds none.
            self._delete(stream_id)
        with suppress(OSError):  # a storage without folders
            self._storage.delete(folder)
        return count

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        try:
            return self._storage.listdir(folder)
        except FileNotFoundError:
            return [], []

    def _delete(self, stream_id: str) -> None:
        for folder in (_HEADS, _STREAMS):
            self._storage.delete(_path(folder, stream_id))

    def _read(self, path: str) -> bytes | None:
        try:
            with self._storage.open(path) as file:
                content: bytes = file.read()
        except FileNotFoundError:
            return None
        until = content[: _FIRST_LINE - 1].decode()
        return content[_FIRST_LINE:] if until > _moment(time.time()) else None

    def _save(self, path: str, content: bytes) -> None:
        self._storage.delete(path)  # else it would get another name
        self._storage.save(path, ContentFile(content))


def _path(folder: str, stream_id: str) -> str:
    return f"{folder}/{stream_id[:2]}/{stream_id}"


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()


def _marker(digest: str, stream_id: str) -> str:
    """Return the path of the file that says that a stream belongs to an owner."""
    return f"{_OWNERS}/{digest}/{stream_id}"


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
