"""The runs of finalizers in processes that may be killed: when each began and ended."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Runs(NamedTuple):
    """How many runs began, and how many of them beside another."""

    runs: int
    overlaps: int


def make_table(database: str) -> None:
    """Make the table of the runs, in a file that several processes may write."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE run (stream TEXT, process INT, began REAL, ended REAL)")


@contextlib.contextmanager
def recorded(database: str, stream: str) -> Iterator[None]:
    """Record a run of this process. One that is killed has no end."""
    process = os.getpid()
    execute(database, "INSERT INTO run VALUES (?, ?, ?, NULL)", stream, process, time.monotonic())
    yield
    execute(
        database, "UPDATE run SET ended = ? WHERE stream = ? AND process = ?", time.monotonic(),
        stream, process,
    )  # fmt: skip


def process_that_runs(database: str, stream: str) -> int | None:
    """Return the process of the run that is under way; None for none."""
    found = execute(
        database, "SELECT process FROM run WHERE stream = ? AND ended IS NULL", stream
    ).fetchone()
    return found and int(found[0])


def runs_of(database: str, stream: str, killed: Mapping[int, float]) -> Runs:
    """Return the runs of a stream. One that was killed ended when its process was killed."""
    runs = execute(
        database, "SELECT process, began, ended FROM run WHERE stream = ? ORDER BY began", stream
    ).fetchall()
    ends = [ended or killed[process] for process, _, ended in runs]
    begins = [began for _, began, _ in runs]
    return Runs(len(runs), sum(begin < end for begin, end in zip(begins[1:], ends, strict=False)))


def execute(database: str, statement: str, *values: object) -> sqlite3.Cursor:
    """Execute a statement in a transaction of its own."""
    with sqlite3.connect(database, timeout=30) as connection:
        return connection.execute(statement, values)
