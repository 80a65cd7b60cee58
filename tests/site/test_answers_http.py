"""Answers over HTTP: how they are created, and the same answer for the same key."""

import asyncio
import json
from typing import Any

import pytest

from harness.site_client import (
    COMMON,
    HELLO,
    JSON,
    QUIET,
    STREAM,
    path_of,
    post,
    streaming,
)
from project.asgi import application
from sse_pipeline import SSEHandler
from sse_pipeline.testing import SSECommunicator

# Replies


async def test_an_answer_is_created() -> None:
    reply = await post(HELLO)
    assert reply.status == 201
    assert reply.json == {
        "stream": reply.json["stream"],
        **{
            name: path_of(name, reply.json["stream"])
            for name in ("events", "status", "stop", "cancel")
        },
    }
    headers = {**COMMON, "vary": "Origin", "content-type": JSON, "location": reply.json["events"]}
    assert reply.headers == headers
    async with SSECommunicator(application, reply.json["events"]) as client:
        events = await client.events()
    assert "".join(each.json()["chunk"] for each in events if each.event == "text") == "Hello."
    assert events[-1].event == "complete"


@pytest.mark.parametrize(
    ("accept", "streamed"),
    [
        (STREAM, True),
        ("Text/Event-Stream", True),
        (f"{STREAM}, */*;q=0.5", True),
        (f"{JSON};q=0.2, {STREAM}", True),
        (JSON, False),
        ("*/*", False),
        (f"{JSON}, {STREAM};q=0.5", False),
        (f"{STREAM};q=0", False),
        ("text/html", False),
        ("", False),
    ],
)
async def test_the_reply_is_the_stream_itself_where_that_is_preferred(
    accept: str, streamed: bool
) -> None:
    async with streaming(HELLO, Accept=accept) as client:
        if not streamed:
            assert (client.status, client.headers["content-type"]) == (201, JSON)
            return
        assert client.status == 200
        assert client.headers["content-type"] == f"{STREAM}; charset=utf-8"
        events = await client.events()
    assert [events[0].event, events[-1].event] == ["stream", "complete"]
    path = path_of("events", events[0].json()["stream"])
    assert (client.headers["location"], client.headers["content-location"]) == (path, path)
    assert COMMON.items() <= client.headers.items()


async def test_an_answer_goes_on_without_its_reader() -> None:
    async with streaming({**HELLO, "text": "on and on " * 20}) as client:
        first = await client.next()
    assert first is not None
    handler = SSEHandler.attach(first.json()["stream"])
    await asyncio.wait_for(handler.ended(), 30)
    assert handler.snapshot().state == "complete"


@pytest.mark.parametrize(
    "document",
    [
        {"text": " \N{GRINNING FACE} ", **QUIET},
        {"text": "x", "speech": True, "voice": "en-us", "speed": 2, "language": "en"},
        {"text": "x", "speed": 0.25, "fault": None},
        {"text": "x", "speech": False, "tokens_per_second": 0.5},
        {"text": "x", "speech": False, "tokens_per_second": 1000, "fault": "text"},
    ],
)
async def test_good_input(document: dict[str, Any]) -> None:
    assert (await post(document)).status == 201


async def test_a_byte_order_mark_and_a_charset_do_no_harm() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(HELLO).encode()
    assert (await post(body, content_type="Application/JSON; charset=utf-8")).status == 201


LONG = "One two three four five six seven eight nine ten."


@pytest.mark.parametrize("text", ["One.", LONG])
@pytest.mark.parametrize(
    ("fault", "speech", "end", "statuses"),
    [
        ("text", True, "errored", ["failed", "cancelled"]),
        ("text", False, "errored", ["failed"]),
        ("speech", True, "complete", ["complete", "failed"]),
        ("speech", False, "complete", ["complete"]),
    ],
)
async def test_a_fault(text: str, fault: str, speech: bool, end: str, statuses: list[str]) -> None:
    question = {"text": text, "fault": fault, "speech": speech, "tokens_per_second": 1000}
    async with streaming(question) as client:
        events = await client.events()
    terminal = events[-1].json()
    assert (events[-1].event, terminal.get("reason")) == (
        end,
        "component_failed" if end == "errored" else None,
    )
    assert [entry["status"] for entry in terminal["components"].values()] == statuses
    heard = "".join(event.json()["chunk"] for event in events if event.event == "text")
    assert text.startswith(heard)
    assert (heard == text) == (fault == "speech" or text == "One.")
    assert not any("made to fail" in event.data for event in events)
