"""What this process holds: files, tasks, threads, streams, logs, rows and memory."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psutil

from sse_pipeline import journal
from sse_pipeline.stores import current
from sse_pipeline.stores.log import Log
from sse_pipeline.streams.reader import Reader
from sse_pipeline.streams.watchdog import watchdog_of

MIB = 1024 * 1024


class Count(NamedTuple):
    """One line of the table."""

    moment: str
    streams: int
    files: int
    tasks: int
    threads: int
    kept: int
    watched: int
    logs: int
    readers: int
    rows: int
    open_rows: int
    memory: float


HEADINGS = (
    "moment", "streams", "open files", "tasks", "threads", "streams kept", "watched", "logs",
    "readers", "rows", "rows that are open", "RSS, MiB",
)  # fmt: skip


def count(
    moment: str,
    streams: int,
    loops: Sequence[asyncio.AbstractEventLoop],
    kept: Callable[[], int],
) -> Count:
    """Count now. `kept` says how many streams the store has."""
    rows, open_rows = rows_of_journal()
    return Count(
        moment,
        streams,
        files=len(os.listdir("/dev/fd")),  # noqa: PTH208
        tasks=sum(len(asyncio.all_tasks(loop)) for loop in loops if not loop.is_closed()),
        threads=threading.active_count(),
        kept=kept(),
        watched=len(watchdog_of(current()).schedule),
        logs=logs(),
        readers=sum(isinstance(each, Reader) for each in gc.get_objects()),
        rows=rows,
        open_rows=open_rows,
        memory=psutil.Process().memory_info().rss / MIB,
    )


def logs() -> int:
    """Return how many logs are in memory: over Redis each copy of a stream has one or two."""
    return sum(isinstance(each, Log) for each in gc.get_objects())


def rows_of_journal() -> tuple[int, int]:
    """Return how many streams are in the journal, and how many of them are open."""
    from sse_pipeline.conf import get
    from sse_pipeline.models import Stream

    if not get().JOURNAL:
        return 0, 0
    journal.flush(60)
    return Stream.objects.count(), Stream.objects.filter(ended_at=None).count()


def table(counts: Sequence[Count]) -> str:
    """Draw the table in Markdown."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
    for each in counts:
        cells = (each.moment, *(f"{number:,.0f}" for number in each[1:]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
