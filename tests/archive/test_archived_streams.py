"""A stream that the store has forgotten is read from the archive as if it had just ended."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from harness import archives
from harness.archives import IN_FILES, IN_MEMORY, MemoryArchive, body
from harness.django_requests import ANN, NOBODY, asked
from harness.site_client import request
from harness.stores import ClockedStore
from sse_pipeline import SSEHandler, archive, stores
from sse_pipeline.archive.archivist import archivist
from sse_pipeline.checks import check_settings
from sse_pipeline.decoder import Decoder
from sse_pipeline.exceptions import StoreUnavailable, StreamNotFound
from sse_pipeline.inspection.report import make_report
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.streams.stream_content import Content

DIALECTS = ("ai-sdk", "openai-responses", "ag-ui")
UNKNOWN = "7f8d2e0a-3c61-4b52-9d1e-2f4f8f7f7c11"
MONTH = 31 * 86400.0
SOUND = "QUJDRA" * 800


def answered(texts: int = 20, *, speaks: bool = False) -> SSEHandler:
    """Send an answer of some words, one of which is not of the alphabet, and end it."""
    handler = SSEHandler(components=["text", "speech"], owner=ANN)
    for number in range(texts):
        handler.send("text", component="text", chunk=f"piece {number} \u2028 ")
        if speaks:
            handler.send("audio", component="speech", segment=0, index=number, audio=SOUND)
    handler.send("citation", component="text", url="https://example.com/")
    handler.mark_component_complete("text", summary={"tokens": 7})
    handler.fail_component("speech", asyncio.CancelledError())
    return handler


#: The states of the streams that `admit_nobody` was asked about.
refused_to: list[str] = []


def admit_nobody(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    refused_to.append(stream.state)
    return False


def all_of(handler: SSEHandler) -> tuple[list[bytes], Content, dict[str, Any]]:
    """Return all that a reader can get of a stream."""
    id_ = handler.stream_id
    bodies = [body(id_), body(id_, 5), *(body(id_, dialect=name) for name in DIALECTS)]
    return bodies, handler.content(), handler.snapshot().ledger()


@pytest.fixture(params=["files", "database"])
def back_end(
    request: pytest.FixtureRequest,
    settings: Settings,
    tmp_path: Path,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> Iterator[str]:
    """Use each back-end of the library in turn."""
    if request.param == "files":
        settings.STORAGES = {**settings.STORAGES, **archives.STORAGES}
        yield IN_FILES
        return
    with django_db_blocker.unblock(), archives.in_database(tmp_path):
        yield "database"


def test_an_answer_of_a_month_ago_is_read_byte_for_byte(back_end: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {
        "STORE": "harness.stores.ClockedStore", "ARCHIVE": back_end, "ARCHIVE_KEEP": 2 * MONTH,
    }  # fmt: skip
    store = stores.current()
    assert isinstance(store, ClockedStore)
    handler = answered()
    before = all_of(handler)
    assert archivist.flush()
    store.clock.pass_by(MONTH)
    handler = SSEHandler.attach(handler.stream_id)
    assert store.load(handler.stream_id) is None
    assert all_of(handler) == before
    frames = [*Decoder().feed(before[0][0])]
    last = int(frames[-1].id)
    request = asked(user=ANN)
    request.META["HTTP_LAST_EVENT_ID"] = str(last)
    assert handler.response(request).status_code == 204


def test_each_store_hands_its_streams_over(store: Callable[..., None], settings: Settings) -> None:
    store(ARCHIVE=IN_MEMORY)
    handler = answered()
    before = all_of(handler)
    assert archivist.flush()
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}  # another store, which knows nothing
    assert all_of(SSEHandler.attach(handler.stream_id)) == before


async def test_asynchronous_readers_read_the_same(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    handler = await asyncio.to_thread(answered)
    before = [frame async for frame in handler]
    assert await asyncio.to_thread(archivist.flush)
    await asyncio.to_thread(stores.reset)
    again = await SSEHandler.aattach(handler.stream_id)
    assert [frame async for frame in again] == before


def test_a_stranger_gets_the_same_404_as_ever(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    handler = answered()
    assert archivist.flush()
    stores.reset()
    response: Any = SSEHandler.attach(handler.stream_id).response(asked(user=NOBODY))
    assert (response.status_code, response.content) == (404, b"")
    replies = [
        async_to_sync(request)("GET", f"/streams/{each}/events/")
        for each in (UNKNOWN, handler.stream_id)
    ]
    assert replies[0] == replies[1]
    assert replies[0].status == 404
    with pytest.raises(StreamNotFound):
        SSEHandler.attach(UNKNOWN).snapshot()


def test_who_may_not_read_makes_the_server_fetch_no_frames(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY, "AUTHORIZE": f"{__name__}.admit_nobody"}
    handler = answered()
    assert archivist.flush()
    stores.reset()
    refused: Any = SSEHandler.attach(handler.stream_id).response(asked(user=NOBODY))
    path = f"/streams/{handler.stream_id}/"
    replies = [async_to_sync(request)("GET", path + each) for each in ("", "events/")]
    assert [refused.status_code, *(each.status for each in replies)] == [404] * 3
    assert refused_to == ["errored"] * 3  # the answer of the site is asked for
    assert MemoryArchive.fetched == []
    assert body(handler.stream_id)
    assert MemoryArchive.fetched == [handler.stream_id]


async def test_a_stream_that_is_deleted_after_rights_were_asked_for(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    handler = await asyncio.to_thread(answered)
    assert await asyncio.to_thread(archivist.flush)
    await asyncio.to_thread(stores.reset)
    again = await SSEHandler.aattach(handler.stream_id)
    assert (await again.asnapshot()).terminal
    MemoryArchive().remove(handler.stream_id)
    with pytest.raises(StreamNotFound, match="no longer in the archive"):
        await again.acontent()


def test_what_the_log_had_dropped_is_a_gap_and_the_content_is_whole(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY, "HELD_BYTES": 5000}
    handler = answered(200)
    before = all_of(handler)
    assert archivist.flush()
    stores.reset()
    after = SSEHandler.attach(handler.stream_id)
    assert b"event: gap" in before[0][0]
    assert all_of(after) == before
    assert not after.content().cut


def test_audio_may_be_left_out_and_ids_are_skipped(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    whole = answered(speaks=True)
    assert archivist.flush()
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY, "ARCHIVE_AUDIO": False}
    silent = answered(speaks=True)
    before, responses = body(silent.stream_id), body(silent.stream_id, dialect="openai-responses")
    assert archivist.flush()
    sizes = {id_: len(entry.data) for id_, entry in MemoryArchive.entries.items()}
    stores.reset()
    frames = [each for each in Decoder().feed(before) if each.event != "audio"]
    for after in (0, 4, 5):
        kept = [*Decoder().feed(body(silent.stream_id, after))]
        assert kept == [each for each in frames if int(each.id) > after]
    assert body(silent.stream_id, dialect="openai-responses") == responses
    assert sizes[silent.stream_id] < 2000
    assert sizes[whole.stream_id] > sizes[silent.stream_id]


def test_the_staff_sees_the_frames(settings: Settings, db: None) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    handler = answered()
    assert archivist.flush()
    stores.reset()
    report = make_report(handler.stream_id, content=True)
    assert report is not None
    assert report.frames is not None
    assert (report.archived, report.live, report.frames[-1].event) == (True, False, "errored")
    assert make_report(UNKNOWN, content=True) is None


def test_a_back_end_that_fails_is_no_missing_stream(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    MemoryArchive.failures = 1
    with pytest.raises(StoreUnavailable, match="made to fail"):
        SSEHandler.attach(UNKNOWN).snapshot()


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("database", "INSTALLED_APPS has no 'sse_pipeline.archive'"),
        ("harness.stores.Clock", "is no ArchiveBackend"),
        ("no.such.Archive", "No module named 'no'"),
        (IN_FILES, r"needs STORAGES\['sse_archive'\]"),
    ],
)
def test_what_is_no_archive_is_named(path: str, complaint: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": path}
    with pytest.raises(ImproperlyConfigured, match=complaint):
        archive.current()
    assert [message.id for message in check_settings()] == ["sse_pipeline.E001"]
