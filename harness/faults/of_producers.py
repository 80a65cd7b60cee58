"""Faults of producers, and of what they need: a task, a database, a clock."""

import time
from collections.abc import Callable

import httpx

from harness.event_source import PLAIN, EventSource, numbers
from harness.faults.findings import ending
from harness.faults.stage import FIRST, SECOND, Stage

#: A fault comes after so many frames of a text.
BEFORE_FAULT = 10
#: An hour, by which a clock is moved.
HOUR = 3600


def raises(stage: Stage) -> str:
    """Have a producer that raises."""
    return _failing(stage, "raises")


def task_is_cancelled(stage: Stage) -> str:
    """Cancel the task of a producer."""
    return _failing(stage, "task")


def stream_is_cancelled(stage: Stage) -> str:
    """Cancel the stream from outside."""

    def cancel(stream: str) -> None:
        url = f"{stage.server().url}/streams/{stream}/cancel/"
        httpx.post(url, timeout=stage.limit, verify=PLAIN).raise_for_status()

    return under_way(stage, cancel)


def clock_is_moved(stage: Stage) -> str:
    """Move the clock on the wall of each process by an hour forward, then by an hour back."""

    def move(stream: str) -> None:
        for name in {FIRST, stage.producing}:
            for seconds in (HOUR, -HOUR, 0):
                stage.get(f"/clock/{seconds}/", name)

    return under_way(stage, move)


def under_way(stage: Stage, fault: Callable[[str], object], *names: str) -> str:
    """Read a text, let a fault come in the middle, and say how it ended."""
    stream, reader = begin_text(stage, *names)
    begun = time.monotonic()
    fault(stream)
    return ending(reader, begun, stage.limit)


def begin_text(stage: Stage, *names: str) -> tuple[str, EventSource]:
    """Open a text and its reader, which comes back to each server in turn; have some of it read."""
    stream = stage.open("text")
    reader = stage.follow(stream, *names)
    stage.begin("text", stream)
    reader.until(lambda events: len(numbers(events)) >= BEFORE_FAULT)
    return stream, reader


def _failing(stage: Stage, scenario: str) -> str:
    stream = stage.open(scenario)
    reader = stage.follow(stream, *((FIRST, SECOND) if stage.column.shared else (FIRST,)))
    begun = time.monotonic()
    stage.begin(scenario, stream)
    return ending(reader, begun, stage.limit)
