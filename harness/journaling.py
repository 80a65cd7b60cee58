"""Streams and processes for the tests of the journal."""

import datetime as dt
import threading
from typing import Any

from django.utils import timezone

from sse_pipeline import SSEHandler, journal
from sse_pipeline.journal import heartbeat
from sse_pipeline.models import Process, Stream


def kept(handler: SSEHandler) -> Stream:
    """Return the row of a stream, after all records are written."""
    assert journal.flush(10)
    return Stream.objects.get(pk=handler.stream_id)


def begun(count: int) -> list[SSEHandler]:
    """Open so many streams, and send their first frame."""
    handlers = [SSEHandler(components=["text"]) for _ in range(count)]
    for handler in handlers:
        handler.send("text", chunk="begun")
    return handlers


def finish(handlers: list[SSEHandler]) -> None:
    """Write the text of each stream and end it, in a thread for each."""

    def write(handler: SSEHandler) -> None:
        with handler.component("text") as text:
            for number in range(20):
                text.send("text", chunk=str(number))

    threads = [threading.Thread(target=write, args=(handler,)) for handler in handlers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def dead(database: str, **changes: Any) -> Process:
    """Write the row of a process that is dead: its heartbeat is stale."""
    long_ago = timezone.now() - dt.timedelta(seconds=2 * heartbeat.STALE)
    row = {"host": "elsewhere", "pid": 1, "started_at": long_ago, "seen_at": long_ago, **changes}
    return Process.objects.create(**row)


def left_behind(handler: SSEHandler, process: Process) -> Stream:
    """Make the row of a stream belong to another process."""
    kept(handler)
    Stream.objects.filter(pk=handler.stream_id).update(process=process)
    return Stream.objects.get(pk=handler.stream_id)
