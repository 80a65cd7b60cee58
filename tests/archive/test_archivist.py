"""The archivist: streams are kept in the background, and what can't be kept is counted."""

import threading
from uuid import uuid4

import pytest
from pytest_django import Settings

from harness.archives import IN_MEMORY, MemoryArchive
from harness.waiting import until
from sse_pipeline import SSEHandler, archive, stores
from sse_pipeline.archive import ArchiveEntry
from sse_pipeline.archive.archivist import archivist
from sse_pipeline.exceptions import StoreUnavailable
from sse_pipeline.signals import limit_reached


def ended(owner: str | None = None) -> str:
    handler = SSEHandler(components=["text"], owner=owner)
    handler.mark_component_complete("text")
    return handler.stream_id


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "sse-archive"]


def test_a_site_without_an_archive_has_no_thread() -> None:
    ended()
    assert threads() == []


def test_a_failure_passes_and_nothing_is_lost(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    MemoryArchive.failures, before = 1, archivist.lost
    streams = {ended() for _ in range(3)}
    assert archivist.flush(30)
    assert MemoryArchive.entries.keys() == streams
    assert archivist.lost == before
    assert "can't be archived, and is tried again" in caplog.text


class LateArchive(MemoryArchive):
    """A back-end that can't be made at first."""

    away = 2

    def __init__(self) -> None:
        if LateArchive.away:
            LateArchive.away -= 1
            raise OSError("away")


def test_a_back_end_that_can_not_be_made_now_is_tried_again(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": f"{__name__}.LateArchive"}
    with pytest.raises(StoreUnavailable, match="LateArchive' can't be made"):
        archive.find(str(uuid4()))
    stream = ended()
    assert archivist.flush(30)
    assert MemoryArchive.entries.keys() == {stream}
    assert "can't be archived, and is tried again" in caplog.text


class LeavingArchive(MemoryArchive):
    """A back-end of which the first `put` raises what is no `Exception`."""

    left = False

    def put(self, entry: ArchiveEntry) -> None:
        if not LeavingArchive.left:
            LeavingArchive.left = True
            raise SystemExit
        super().put(entry)


def test_no_error_ends_the_thread(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": f"{__name__}.LeavingArchive"}
    stream = ended()
    assert archivist.flush(30)
    assert MemoryArchive.entries.keys() == {stream}


def test_what_the_store_forgets_meanwhile_is_lost_and_counted(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY, "KEEP": 0.1}
    MemoryArchive.failures, before = float("inf"), archivist.lost
    stream = ended()
    until(lambda: archivist.lost == before + 1)
    assert f"stream {stream} is not in the archive" in caplog.text


def test_a_queue_that_is_full_loses_the_oldest(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY, "ARCHIVE_QUEUE": 1}
    reached, before = list[str](), archivist.lost

    def hear(limit: str, **_: object) -> None:
        reached.append(limit)

    limit_reached.connect(hear)
    MemoryArchive.failures = float("inf")
    try:
        for _ in range(5):
            ended()
    finally:
        limit_reached.disconnect(hear)
    assert "ARCHIVE_QUEUE" in reached
    assert archivist.lost >= before + 3
    MemoryArchive.failures = 0


def test_what_waits_is_kept_when_the_process_ends(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    stream = ended()
    archivist.stop()
    assert stream in MemoryArchive.entries
    assert threads() == []
    other = ended()  # a process that goes on begins again
    assert archivist.flush()
    stores.reset()
    assert SSEHandler.attach(other).snapshot().terminal
