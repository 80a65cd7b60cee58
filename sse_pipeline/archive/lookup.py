"""What others ask of the archive. Each call blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import connections

from .. import stores
from ..exceptions import StoreUnavailable, StreamNotFound
from .choice import current
from .record import parse_frames, parse_head
from .restored_stream import RestoredStream

T = TypeVar("T")

#: Streams that are deleted in one step.
SWEPT = 1000


def find(stream_id: str) -> RestoredStream | None:
    """Return a stream of the archive without its frames; None if it has none of that id.

    What it costs does not depend on what the stream has sent: rights are asked for next.

    Raises:
        StoreUnavailable: The back-end failed, or the record can't be read.
    """
    backend = current()
    head = None if backend is None else _read(backend.get_head, stream_id)
    return None if head is None else RestoredStream(parse_head(head), stores.current().now())


def restore(stream: RestoredStream) -> None:
    """Fill a stream with its frames.

    Raises:
        StreamNotFound: It was deleted since it was found.
        StoreUnavailable: As `find` does.
    """
    backend, stream_id = current(), stream.snapshot.stream_id
    data = None if backend is None else _read(backend.get, stream_id)
    if data is None:
        raise StreamNotFound(f"stream {stream_id} is no longer in the archive")
    stream.fill(parse_frames(data))


def forget(owner: str) -> int:
    """Delete all streams of an owner from the archive; return how many. Errors pass through."""
    backend = current()
    return 0 if backend is None else backend.forget(owner)


def remove(stream_id: str) -> bool:
    """Delete a stream from the archive; return whether it was there. Errors pass through."""
    backend = current()
    return False if backend is None else backend.remove(stream_id)


def sweep() -> int:
    """Delete all streams whose time is over from the archive; return how many."""
    backend, gone = current(), 0
    while backend is not None and (count := backend.sweep(SWEPT)):
        gone += count
    return gone


def in_thread(call: Callable[[], T]) -> T:
    """Call something that may use the database, in a thread that Django may not look after."""
    _close_old_connections()
    try:
        return call()
    finally:
        _close_old_connections()


def _read(get: Callable[[str], bytes | None], stream_id: str) -> bytes | None:
    try:
        return in_thread(lambda: get(stream_id))
    except Exception as error:
        raise StoreUnavailable(f"the archive can't be read: {error}") from error


def _close_old_connections() -> None:
    """Close what is too old, as Django does; not in the transaction of whoever asks."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
