"""Fixtures of the admin."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from sse_pipeline import signals
from sse_pipeline.journal import rows
from sse_pipeline.journal.backlog import Record
from sse_pipeline.journal.upsert import write
from sse_pipeline.models import Process


@pytest.fixture
def process() -> Process:
    now = timezone.now()
    return Process.objects.create(host="host", pid=7, started_at=now, seen_at=now)


@pytest.fixture
def heard(process: Process) -> Any:
    """Write all that streams do into the journal, at once."""
    records: list[Record] = []

    def listen(*, snapshot: Any, cause: Any, steps: Any, **_: Any) -> None:
        record = Record(snapshot, cause, list(steps), timezone.now().timestamp())
        write(
            connection, rows.rows_of_records([record], process.id, rows.DatabaseValues(connection))
        )
        records.append(record)

    signals.stream_changed.connect(listen)
    yield records
    signals.stream_changed.disconnect(listen)
