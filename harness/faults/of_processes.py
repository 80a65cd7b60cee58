"""Faults of processes: a server is asked to end, or is killed; the journal's database is away."""

import os
import signal
import threading
import time
from contextlib import ExitStack

from django.db import connections

from harness.event_source import EventSource
from harness.fault_client import status_of
from harness.faults.findings import ending, wait_for
from harness.faults.of_producers import begin_text
from harness.faults.stage import FIRST, SECOND, Stage, awaited
from harness.slow_clients import stuck

#: Guards the database, which all columns share: a process that ends writes its last rows.
_database = threading.Lock()


def is_asked_to_end(stage: Stage) -> str:
    """Send SIGTERM to a server with a reader, and a client that reads nothing."""
    with _database, ExitStack() as stack:
        reader = _text_with_a_stuck_client(stage, stack)
        begun, pid = time.monotonic(), stage.server().pid
        os.kill(pid, signal.SIGTERM)
        found = ending(reader, begun, stage.limit)
        ended = wait_for(lambda: status_of(pid) is not None, stage.limit)
        seconds = time.monotonic() - begun
        stage.drop(FIRST)
    return f"{found}; " + (
        f"process ended after {seconds:.1f} s"
        if ended
        else f"process stays (> {stage.limit:.0f} s)"
    )


def _text_with_a_stuck_client(stage: Stage, stack: ExitStack) -> EventSource:
    flood = stage.open("flood")
    stage.server(SECOND)
    if stage.column.subject.keeps:
        stage.begin("flood", flood)
    _, reader = begin_text(stage, FIRST, SECOND)
    with awaited(stage, 1):
        stack.enter_context(stuck(stage.server().url + stage.events(flood)))
    if not stage.column.subject.keeps:
        stage.begin("flood", flood)
    return reader


def is_killed(stage: Stage) -> str:
    """Kill the server of a reader, which comes back to another process."""
    stage.server(SECOND)
    _, reader = begin_text(stage, FIRST, SECOND)
    begun = time.monotonic()
    stage.server().kill()
    found = ending(reader, begun, stage.limit)
    stage.drop(FIRST)
    return found


def producer_is_killed(stage: Stage) -> str:
    """Kill the process of the producer, which is not that of the reader."""
    _, reader = begin_text(stage, FIRST)
    begun = time.monotonic()
    stage.server(stage.producing).kill()
    found = ending(reader, begun, stage.limit)
    stage.drop(stage.producing)
    return found


def database_is_away(stage: Stage) -> str:
    """Stop PostgreSQL while a text is sent, and start it again after its end."""
    from sse_pipeline.models import Stream  # this needs Django, set up

    with _database:
        stream, reader = begin_text(stage)
        begun = time.monotonic()
        stage.database.stop()
        found = ending(reader, begun, stage.limit)
        stage.database.start()
        begun = time.monotonic()
        connections.close_all()  # those of this thread: the server has cut them
        rows = Stream.objects.filter(pk=stream, ended_at__isnull=False)
        journaled = wait_for(rows.exists, stage.limit)
        connections.close_all()
    seconds = time.monotonic() - begun
    return f"{found}; " + (
        f"in the journal {seconds:.1f} s after its return" if journaled else "not in the journal"
    )
