"""What every dialect has: one translation for all readers, exact after every cut, never silent."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from harness.dialects import Counted, areading, reading
from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler, dialects, stores
from sse_pipeline.dialects import Dialect, Encoder
from sse_pipeline.dialects.chat_completions import ChatCompletions
from sse_pipeline.frames import FrameValue

READERS = 100
PATIENCE = 30


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, redis: RedisServer, settings: Settings) -> str:
    name = redis.url if request.param == "redis" else "memory"
    settings.SSE_PIPELINE = {**settings.SSE_PIPELINE, "STORE": name}
    return name


def produced(texts: int = 20) -> SSEHandler:
    handler = SSEHandler(components=["text"])
    for number in range(texts):
        handler.send("text", chunk=f"piece {number} ")
    handler.mark_component_complete("text")
    return handler


def body(handler: SSEHandler, dialect: Dialect, held: int = 0, limit: int = 1000) -> bytes:
    return b"".join(reading(handler, dialect, held, limit))


class Failing(Counted):
    def encoder(self, stream_id: str) -> Encoder:
        return FailingEncoder()


class FailingEncoder:
    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        if frame.event == "text":
            raise ArithmeticError("the dialect was made to fail")
        yield b"fine\n\n"


# Exact


@pytest.mark.parametrize("limit", [1, 300, 1_000_000])
@pytest.mark.parametrize("name", ["counted", *dialects.BUILT_IN])
@pytest.mark.usefixtures("store")
def test_what_follows_any_event_is_the_rest_of_the_whole(name: str, limit: int) -> None:
    handler = produced()
    dialect = Counted() if name == "counted" else dialects.find(name)
    assert dialect is not None
    events = body(handler, dialect).split(b"\n\n")[:-1]
    assert len(events) > 20
    for held in range(len(events) + 1):
        rest = b"".join(event + b"\n\n" for event in events[held:])
        assert body(handler, dialect, held, limit) == rest


@pytest.mark.usefixtures("store")
async def test_a_reader_that_was_there_and_one_that_came_late_get_the_same_bytes() -> None:
    handler, dialect = SSEHandler(components=["text"]), Counted()
    await handler.aopen()

    async def read() -> bytes:
        async with areading(handler, dialect, limit=100) as reader:
            return b"".join([chunk async for chunk in reader])

    early = [asyncio.create_task(read()) for _ in range(5)]
    for number in range(50):
        await handler.asend("text", chunk=f"piece {number}")
        await asyncio.sleep(0)
    early += [asyncio.create_task(read()) for _ in range(5)]
    await handler.amark_component_complete("text")
    bodies = await asyncio.wait_for(asyncio.gather(*early), PATIENCE)
    assert {*bodies, await read()} == {bodies[0]}


# Shared


async def test_each_frame_is_encoded_once_for_all_readers() -> None:
    handler, dialect = SSEHandler(components=["text"]), Counted()
    handler.open()

    async def read() -> list[bytes]:
        async with areading(handler, dialect, limit=10_000) as reader:
            return [chunk async for chunk in reader]

    tasks = [asyncio.create_task(read()) for _ in range(READERS)]
    for number in range(50):
        handler.send("text", chunk=f"piece {number}")
        await asyncio.sleep(0)
    handler.mark_component_complete("text")
    chunks = await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert dialect.encoders == 1
    assert dialect.frames == sorted(set(dialect.frames))
    # The readers share the joined bytes, too, as soon as there are several of them.
    assert len(chunks[0]) > 2
    for each in chunks[1:]:
        assert all(one is other for one, other in zip(chunks[0][1:], each[1:], strict=True))


def test_a_translation_lives_as_long_as_its_readers() -> None:
    handler, dialect = produced(), Counted()
    first, second = reading(handler, dialect), reading(handler, dialect)
    assert b"".join(first) == b"".join(second)
    assert dialect.encoders == 1
    del first, second
    gc.collect()
    body(handler, dialect)
    assert dialect.encoders == 2


# Never silent


def test_a_stream_whose_frames_are_dropped_is_a_gap(settings: Settings) -> None:
    settings.SSE_PIPELINE = {**settings.SSE_PIPELINE, "HELD_BYTES": 500}
    assert body(produced(), Counted()).endswith(b"1 stream\n\nbreach: gap\n\n")


def test_events_whose_translation_was_dropped_are_a_gap(settings: Settings) -> None:
    settings.SSE_PIPELINE = {**settings.SSE_PIPELINE, "HELD_BYTES": 500}
    handler, dialect = SSEHandler(components=["text"]), Counted()
    handler.open()
    early = reading(handler, dialect)
    for number in range(100):
        handler.send("text", chunk=f"piece {number}")
        assert early.rest()
    # The encoder has seen every frame. What follows goes on; what is dropped does not come back.
    assert body_so_far(reading(handler, dialect, 199)).startswith(b"200 text\n\n")
    assert body_so_far(reading(handler, dialect, 50)) == b"breach: gap\n\n"


def body_so_far(reader: object) -> bytes:
    rest: bytes = reader.rest()  # type: ignore[attr-defined]
    return rest


@pytest.mark.usefixtures("store")
def test_an_event_that_the_stream_does_not_have_is_a_reset() -> None:
    handler = produced()
    assert body(handler, Counted(), 1000) == b"breach: reset\n\n"
    assert body(handler, Counted(), 2**63) == b"breach: reset\n\n"


async def test_a_reader_that_is_let_go_is_told_so() -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="x")
    async with areading(handler, Counted()) as reader:
        chunks = aiter(reader)
        assert (await anext(chunks)).endswith(b"3 text\n\n")
        reader.close()
        assert [chunk async for chunk in chunks] == [b"breach: interrupted\n\n"]


def test_a_thread_that_is_let_go_is_told_so() -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="x")
    reader = reading(handler, Counted())
    chunks = iter(reader)
    assert next(chunks).endswith(b"3 text\n\n")
    reader.close()
    assert list(chunks) == [b"breach: interrupted\n\n"]


def test_a_reader_that_has_all_is_told_nothing() -> None:
    reader = reading(produced(), Counted(), limit=10_000)
    assert b"breach" not in b"".join(reader)
    assert reader.rest() == b""


def test_the_rest_ends_with_the_breach_once() -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="x")
    reader = reading(handler, Counted(), limit=1)
    rest = []
    while chunk := reader.rest():
        rest.append(chunk)
    assert rest == [b"1 stream\n\n", b"2 text\n\n3 text\n\n", b"breach: interrupted\n\n"]


def test_a_dialect_that_fails_ends_the_body(caplog: pytest.LogCaptureFixture) -> None:
    assert body(produced(), Failing()) == b"fine\n\nfine\n\nbreach: interrupted\n\n"
    assert "dialect Failing failed at stream" in caplog.text


@pytest.mark.usefixtures("store")
def test_a_stream_that_was_forgotten_since(rf: RequestFactory, settings: Settings) -> None:
    response = produced().response(rf.get("/"), dialect=Counted())
    stores.reset()
    settings.SSE_PIPELINE = {**settings.SSE_PIPELINE, "STORE": "memory"}
    assert b"".join(response) == b"breach: interrupted\n\n"


async def test_a_ping_is_that_of_the_dialect() -> None:
    handler = SSEHandler(components=["text"])
    handler.open()
    async with areading(handler, Counted(), every=0.01) as reader:
        chunks = aiter(reader)
        await anext(chunks)
        assert await anext(chunks) == b": ping\n"


# Names


def test_the_names_of_dialects(settings: Settings) -> None:
    assert dialects.find(None) is dialects.find("native") is None
    assert dialects.find("openai-chat") is dialects.find("openai-chat")
    mine = Counted()
    assert dialects.find(mine) is mine
    settings.SSE_PIPELINE = {"DIALECTS": {"mine": "harness.dialects.Counted"}}
    assert isinstance(dialects.find("mine"), Counted)
    settings.SSE_PIPELINE = {"DIALECTS": {"openai-chat": "harness.dialects.Counted"}}
    assert isinstance(dialects.find("openai-chat"), Counted)


def test_a_package_names_a_dialect_by_an_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "others-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[sse_pipeline.dialects]\nof-others = harness.dialects:Counted\n"
        "openai-chat = harness.dialects:Counted\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert isinstance(dialects.find("of-others"), Counted)
    assert isinstance(dialects.find("openai-chat"), ChatCompletions)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({}, r"dialect 'mine' is neither in SSE_PIPELINE\['DIALECTS'\] nor .*; known are .*native"),
        ({"mine": "no.such.Dialect"}, r"SSE_PIPELINE\['DIALECTS'\]\['mine'\] .*can't be imported"),
        ({"mine": "builtins.dict"}, r"SSE_PIPELINE\['DIALECTS'\]\['mine'\] is not a dialect"),
    ],
)
def test_a_name_without_a_dialect(
    rf: RequestFactory, settings: Settings, named: dict[str, str], message: str
) -> None:
    settings.SSE_PIPELINE = {"DIALECTS": named}
    with pytest.raises(Exception, match=message):
        produced().response(rf.get("/"), dialect="mine")


# Requests


def test_a_full_house_refuses_by_the_status(rf: RequestFactory, settings: Settings) -> None:
    settings.SSE_PIPELINE = {**settings.SSE_PIPELINE, "ADDRESS_READERS": 1}
    handler = produced()
    request = rf.get("/", headers={"Accept": "text/event-stream"})
    first = iter(handler.response(request, dialect=Counted()))
    next(first)
    assert handler.response(request, dialect=Counted()).status_code == 429


def test_an_ended_stream_is_sent_again(rf: RequestFactory) -> None:
    handler = produced()
    request = rf.get("/", headers={"Last-Event-ID": str(handler.snapshot().version + 100)})
    response = handler.response(request, dialect=Counted())
    assert response.status_code == 200
    assert b"".join(response).startswith(b"1 stream\n\n")


def test_head_has_the_headers_of_the_dialect(rf: RequestFactory) -> None:
    class Headed(Counted):
        headers: ClassVar[dict[str, str]] = {"X-Dialect": "headed", "Content-Type": "text/plain"}

    response = produced().response(rf.head("/"), dialect=Headed())
    assert response["X-Dialect"] == "headed"
    assert response["Content-Type"] == "text/plain"
    assert response["Cache-Control"] == "no-store, no-transform"
