"""Fixtures of the commands."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from sse_pipeline.models import Process, Stream


@pytest.fixture
def journal_rows(db: None) -> list[Stream]:
    now = timezone.now()
    process = Process.objects.create(host="host", pid=7, started_at=now, seen_at=now)
    common: dict[str, Any] = {
        "version": 3, "process": process, "components_total": 2, "frames": 5, "bytes": 50,
    }  # fmt: skip
    return [
        Stream.objects.create(id=uuid.uuid4(), opened_at=now, **common, **row)
        for row in (
            {"state": "streaming", "components_done": 1, "owner": "user:1"},
            {"state": "errored", "components_done": 2, "reason": "timeout", "ended_at": now},
        )
    ]
