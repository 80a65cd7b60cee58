"""The whole flow, over the Channels test client; `python` runs it as a script too."""

import asyncio
import sys
import threading
from collections.abc import Callable

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main([__file__, *sys.argv[1:]]))
from django.http import HttpRequest
from django.test import RequestFactory

from harness.wire import unopened
from project.asgi import application
from sse_pipeline import SSEHandler
from sse_pipeline.testing import Event, SSECommunicator


def client_of(handler: SSEHandler, last_event_id: int | None = None) -> SSECommunicator:
    path = f"/streams/{handler.stream_id}/events/"
    return SSECommunicator(application, path, last_event_id=last_event_id)


async def read(handler: SSEHandler, last_event_id: int | None = None) -> list[Event]:
    async with client_of(handler, last_event_id) as client:
        assert client.status == 200
        events = await client.events()
        assert client.ended
        return events


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


async def test_messages_until_all_components_complete() -> None:
    handler = SSEHandler(components=["text_generation", "tts_processing"])

    def write() -> None:
        with handler.component("text_generation") as text:
            for word in ["the", "quick", "brown", "fox"]:
                text.send("text", chunk=word)

    def speak() -> None:
        writer.join()
        with handler.component("tts_processing") as speech:
            for number in range(3):
                speech.send("audio", number=number)

    writer = in_thread(write)
    speaker = in_thread(speak)
    events = await read(handler)
    speaker.join()
    names = [event.event for event in events]
    assert names[0] == "stream"
    assert names.count("text") == 4
    assert names[-5:] == ["audio", "audio", "audio", "component", "complete"]
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    ledger = events[-1].json()["components"]
    assert {name: entry["status"] for name, entry in ledger.items()} == {
        "text_generation": "complete",
        "tts_processing": "complete",
    }


@pytest.mark.parametrize("first", ["text_generation", "tts_processing"])
async def test_whichever_is_first_the_other_is_waited_for(first: str) -> None:
    handler = SSEHandler(components=["text_generation", "tts_processing"])
    (second,) = {"text_generation", "tts_processing"} - {first}
    await handler.amark_component_complete(first)
    async with client_of(handler) as client:
        for _ in range(4):
            await client.next()
        await handler.asend("text", chunk="still here")
        event = await client.next()
        assert event is not None
        assert event.json()["chunk"] == "still here"
        await handler.amark_component_complete(second)
        assert [event.event for event in await client.events()] == ["component", "complete"]


async def test_an_error_ends_the_stream_within_the_drain() -> None:
    handler = SSEHandler(components=["text_generation", "tts_processing"])
    await handler.afail_component("text_generation", ValueError("a secret"))
    await handler.afail_component("tts_processing", asyncio.CancelledError())
    events = await read(handler)
    assert [event.event for event in events[3:]] == [
        "stream_error", "component", "draining", "component", "errored",
    ]  # fmt: skip
    assert events[-1].json()["reason"] == "component_failed"
    assert "a secret" not in "".join(event.data for event in events)


async def test_the_older_error_path_word_for_word() -> None:
    handler = SSEHandler()
    handler.register_component("text_generation")
    handler.register_component("tts_processing")
    try:
        raise RuntimeError("no model")
    except RuntimeError as error:
        handler.send_error(f"Error: {error}")
        handler.mark_component_complete("text_generation")
        handler.mark_component_complete("tts_processing")
        handler.mark_component_complete("never_registered")
        handler.mark_complete()
    events = await read(handler)
    assert events[-1].event == "errored"
    assert events[-1].json()["reason"] == "error_reported"
    assert handler.is_complete.is_set()


async def test_a_reader_that_comes_back_gets_exactly_the_rest() -> None:
    handler = SSEHandler(components=["text_generation"])
    for number in range(10):
        await handler.asend("text", chunk=number)
    async with client_of(handler) as client:
        for _ in range(5):
            await client.next()
        assert await client.reconnect() == 200
        event = await client.next()
        assert event is not None
        assert event.id == "6"
    await handler.amark_component_complete("text_generation")
    whole = await read(handler)
    for after in range(len(whole)):
        assert await read(handler, after) == whole[after:]
    async with client_of(handler, len(whole)) as client:
        assert client.status == 204
        assert await client.next() is None
        assert client.ended


async def test_a_reader_that_leaves_is_let_go() -> None:
    handler = SSEHandler(components=["text_generation"])
    async with client_of(handler) as client:
        await client.next()
        await client.disconnect()
    await handler.amark_component_complete("text_generation")
    assert (await read(handler))[-1].event == "complete"


async def test_a_view_answers_like_the_consumer(rf: RequestFactory) -> None:
    handler = SSEHandler(components=["a"])
    await handler.asend("text", chunk="x")
    await handler.amark_component_complete("a")

    def request(after: str = "") -> HttpRequest:
        return rf.get("/", headers={"Last-Event-ID": after} if after else {})

    whole = await asyncio.to_thread(lambda: b"".join(handler.response(request())))
    assert unopened(whole).startswith(b"event: stream\n")
    rest = await asyncio.to_thread(lambda: b"".join(handler.response(request("4"))))
    assert unopened(rest).startswith(b"event: complete\n")
    assert rest.endswith(b"\nid: 5\n\n")
    response = await handler.aresponse(request("5"))
    assert response.status_code == 204
    assert response["Cache-Control"] == "no-store, no-transform"
