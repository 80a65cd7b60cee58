"""Messages that a finalizer saves, in a process that may be killed at any moment."""

import os
import random
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.producer_settings")

import django

django.setup()

from sse_pipeline import Finalization, SSEHandler  # noqa: E402

#: Seconds that a run works before it saves, and after that, at most.
WORK = 0.03


class Saved(NamedTuple):
    """How often a message was saved, how many runs began, and how many began beside another."""

    rows: int
    runs: int
    overlaps: int


def make_tables(database: str) -> None:
    """Make the tables: a message for each token, and each run with its beginning and end."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE message (token TEXT UNIQUE, stream TEXT, text TEXT)")
        connection.execute("CREATE TABLE run (stream TEXT, process INT, began REAL, ended REAL)")


def save(finalization: Finalization, database: str) -> None:
    """Save the text of a stream, once for its token."""
    stream, process = finalization.stream_id, os.getpid()
    text = finalization.content.components["text"].events["text"]["chunk"]
    _execute(database, "INSERT INTO run VALUES (?, ?, ?, NULL)", stream, process, time.monotonic())
    time.sleep(random.uniform(0, WORK))
    _execute(
        database, "INSERT OR IGNORE INTO message VALUES (?, ?, ?)", str(finalization.token), stream,
        text,
    )  # fmt: skip
    time.sleep(random.uniform(0, WORK))
    _execute(
        database, "UPDATE run SET ended = ? WHERE stream = ? AND process = ?", time.monotonic(),
        stream, process,
    )  # fmt: skip


def finish(stream_id: str, ready: str) -> None:
    """Settle the text of a stream, so that this process runs its finalizer; wait to be killed."""
    handler = SSEHandler.attach(stream_id)
    handler.send("text", component="text", chunk="Hello")
    handler.snapshot()  # connected, and the text is written
    Path(ready).touch()
    handler.mark_component_complete("text")
    time.sleep(60)


def saved(database: str, stream_id: str, killed: dict[int, float]) -> Saved:
    """Return how a stream was saved. A run that was killed ended when its process was killed."""
    with sqlite3.connect(database) as connection:
        (rows,) = connection.execute(
            "SELECT count(*) FROM message WHERE stream = ? AND text = 'Hello'", (stream_id,)
        ).fetchone()
        runs = connection.execute(
            "SELECT process, began, ended FROM run WHERE stream = ? ORDER BY began", (stream_id,)
        ).fetchall()
    ends = [ended or killed[process] for process, _, ended in runs]
    begins = [began for _, began, _ in runs]
    overlaps = sum(began < end for began, end in zip(begins[1:], ends, strict=False))
    return Saved(rows, len(runs), overlaps)


def _execute(database: str, statement: str, *values: object) -> None:
    with sqlite3.connect(database, timeout=30) as connection:
        connection.execute(statement, values)
