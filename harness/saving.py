"""Messages that a finalizer saves, in a process that may be killed at any moment."""

import os
import random
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.producer_settings")

import django

django.setup()

from harness import finalizer_runs  # noqa: E402
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
    finalizer_runs.make_table(database)
    finalizer_runs.execute(
        database, "CREATE TABLE message (token TEXT UNIQUE, stream TEXT, text TEXT)"
    )


def save(finalization: Finalization, database: str) -> None:
    """Save the text of a stream, once for its token."""
    stream = finalization.stream_id
    text = finalization.content.components["text"].events["text"]["chunk"]
    with finalizer_runs.recorded(database, stream):
        time.sleep(random.uniform(0, WORK))
        finalizer_runs.execute(
            database, "INSERT OR IGNORE INTO message VALUES (?, ?, ?)", str(finalization.token),
            stream, text,
        )  # fmt: skip
        time.sleep(random.uniform(0, WORK))


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
    (rows,) = finalizer_runs.execute(
        database, "SELECT count(*) FROM message WHERE stream = ? AND text = 'Hello'", stream_id
    ).fetchone()
    return Saved(rows, *finalizer_runs.runs_of(database, stream_id, killed))
