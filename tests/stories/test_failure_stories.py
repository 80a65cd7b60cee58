"""Failures of other projects. The name of each test has the project and its issue."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from harness.servers import ROOT
from harness.speech.speech_recorder import PATIENCE, SpeechRecorder
from sse_pipeline import SSEHandler, stores
from sse_pipeline.answers import SPEECH, TEXT, Answer, Speech
from sse_pipeline.streams.plans import run
from sse_pipeline.streams.reader import ReadOptions, open_reader
from sse_pipeline.testing import Decoder, Event
from sse_pipeline.testing.speech import ScriptedEngine


async def say(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        await asyncio.sleep(0)  # as a model, which lets others run between its chunks
        yield chunk


async def answer(text: AsyncIterator[str], **config: Any) -> list[Event]:
    """Have a text and its speech streamed; return what a reader had, to the end."""
    handler = SSEHandler()
    produced = Answer(handler, Speech(handler, {"min_characters": 0, **config}))
    await produced.open()
    await asyncio.wait_for(produced.run(text), PATIENCE)
    return [event async for event in reading(handler)]


async def reading(handler: SSEHandler, **pace: Any) -> AsyncGenerator[Event]:
    decoder = Decoder()
    handler.snapshot()
    reader = run(open_reader(stores.current(), handler.stream_id, 0, ReadOptions(**pace)), "twin")
    assert reader is not None
    async with asyncio.timeout(PATIENCE), aclosing(aiter(reader)) as chunks:
        async for chunk in chunks:
            for event in decoder.feed(chunk):
                yield event


def statuses(events: list[Event]) -> tuple[str, dict[str, str]]:
    ledger = events[-1].json()["components"]
    return events[-1].event, {name: entry["status"] for name, entry in ledger.items()}


COMPLETE = ("complete", {TEXT: "complete", SPEECH: "complete"})


async def test_the_end_waits_for_the_speech__dify_36027__dify_10363__openvoiceui_487() -> None:
    """The end was announced when the text was done, before the speech had drained."""
    events = await answer(say("One. ", "Two. ", "Three."))
    assert statuses(events) == COMPLETE
    names = [event.event for event in events]
    text_done = next(
        index
        for index, event in enumerate(events)
        if event.event == "component"
        and event.json() | {"component": TEXT, "status": "complete"} == event.json()
    )
    assert "audio" in names[text_done:]
    assert names.index("complete") == len(names) - 1
    assert [each.json()["status"] for each in events if each.event == "segment"] == ["audio"] * 3


@pytest.mark.parametrize("text", ["", " \n", "...", "```\nx = 1\n```", "\N{GRINNING FACE}"])
async def test_a_turn_without_audio_ends__livekit_4480__agents_js_1454__pipecat_5654(
    text: str,
) -> None:
    """A turn without anything to speak hung for ever."""
    events = await answer(say(text))
    assert statuses(events) == COMPLETE
    assert not [event for event in events if event.event == "audio"]


@pytest.mark.parametrize("fault", ["stall", "hang"])
async def test_a_silent_provider_does_not_hold_the_pipeline__pipecat_5026__pipecat_4027(
    fault: Any,
) -> None:
    """The provider of the speech went silent, and the pipeline waited for it without end."""
    events = await answer(
        say("One. ", "Two. ", "Three."),
        engine=ScriptedEngine({2: fault}),
        first_audio_timeout=0.3,
        chunk_timeout=0.3,
    )
    assert statuses(events) == COMPLETE
    assert (
        "".join(each.json()["chunk"] for each in events if each.event == "text")
        == "One. Two. Three."
    )
    segments = [each.json()["status"] for each in events if each.event == "segment"]
    assert segments == ["audio", "failed", "audio"]


def test_an_early_flush_loses_no_text__bolna_746() -> None:
    """A flush in the middle closed the provider's context: 122 of 308 characters were spoken."""
    text = "It was a bright cold day in April, and the clocks were striking thirteen. " * 4
    listener = SpeechRecorder(engine=ScriptedEngine())
    listener.streamer.feed(text[:122])
    listener.streamer.flush()
    assert listener.settled.wait(PATIENCE)
    result = listener.speak(text[122:])
    assert result.characters_spoken == result.characters_in == len(text)


async def test_a_lost_message_of_the_end_is_missed_at_the_next_heartbeat__resumable_stream_47(
    settings: Any,
) -> None:
    """The message of the end was lost, and the stream stayed open "forever"."""
    settings.SSE_PIPELINE = {"STORE": "harness.stores.MuteStore"}
    handler = SSEHandler(components=["a"])
    async with aclosing(reading(handler, heartbeat=0.01)) as events:
        assert (await anext(events)).event == "stream"
        handler.mark_component_complete("a")
        *_, last = [event async for event in events]
    assert last.event == "complete"


async def test_a_dead_producer_ends_the_stream__deer_flow_3932(settings: Any) -> None:
    """The producer was dead, and its readers were sent heartbeats "indefinitely"."""
    settings.SSE_PIPELINE = {"COMPONENT_TIMEOUT": 0.1}
    handler = SSEHandler(components=["a"])
    handler.send("text", chunk="and then")
    *_, last = [event async for event in reading(handler, heartbeat=0.01)]
    assert (last.event, last.json()["reason"]) == ("errored", "timeout")
    assert statuses([last])[1] == {"a": "timed_out"}


async def test_nothing_is_lost_between_replay_and_live__mercure_178() -> None:
    """Events that came while a reader was given the older ones were lost."""
    handler = SSEHandler(components=["a"])
    for number in range(500):
        handler.send("text", chunk=number)

    def produce() -> None:
        for number in range(500, 3000):
            handler.send("text", chunk=number)
        handler.mark_component_complete("a")

    producer = threading.Thread(target=produce)
    producer.start()
    read = [[event async for event in reading(handler, limit=2000)] for _ in range(3)]
    producer.join()
    for events in read:
        assert [int(event.id) for event in events] == [*range(1, len(events) + 1)]
        assert [each.json()["chunk"] for each in events if each.event == "text"] == [*range(3000)]


async def test_nothing_is_dropped_in_silence__channels_redis_181__channels_redis_172() -> None:
    """Beyond the capacity of a channel, messages were dropped, and nobody was told."""
    handler = SSEHandler(components=["a"])
    async with aclosing(reading(handler)) as events:
        assert (await anext(events)).event == "stream"
        for number in range(20_000):
            handler.send("text", chunk=number)
        handler.mark_component_complete("a")
        rest = [event async for event in events]
    assert [each.json()["chunk"] for each in rest if each.event == "text"] == [*range(20_000)]


async def test_those_who_wait_hold_up_no_producer__lobehub_17876() -> None:
    """Reads that block shared a connection with those who publish."""
    handlers = [SSEHandler(components=["a"]) for _ in range(200)]
    readers = [reading(each) for each in handlers]
    for reader in readers:
        assert (await anext(reader)).event == "stream"
    waiting = [asyncio.ensure_future(anext(reader)) for reader in readers]
    threads = [threading.Thread(target=flag_wait, args=(each,)) for each in handlers[:20]]
    for thread in threads:
        thread.start()
    for each in handlers:
        each.send("text", chunk="now")
        each.mark_component_complete("a")
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    events = await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
    assert {event.event for event in events} == {"component"}
    for reader in readers:
        await reader.aclose()


def flag_wait(handler: SSEHandler) -> None:
    handler.is_complete.wait(PATIENCE)


#: A site of one file, whose reader is known by a session.
SITE = """
import asyncio
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x",
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "sse_pipeline",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
    ROOT_URLCONF=__name__,
)
django.setup()
urlpatterns = []

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.db import connection
from sse_pipeline import SSEHandler
from sse_pipeline.routing import application

streams = application(get_asgi_application())
call_command("migrate", verbosity=0)
session = SessionStore()
session["a"] = 1
handler = SSEHandler(owner={"session": session}, components=["a"])
handler.snapshot()
session.save()
connection.close()


async def main():
    cookie = b"sessionid=" + session.session_key.encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/streams/{handler.stream_id}/events/",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"cookie", cookie)],
    }
    sent, requests = asyncio.Queue(), asyncio.Queue()
    requests.put_nowait({"type": "http.request", "body": b""})
    reading = asyncio.create_task(streams(scope, requests.get, sent.put))
    assert (await sent.get())["status"] == 200
    assert b"event: stream" in (await sent.get())["body"]
    held = await sync_to_async(lambda: connection.connection)()
    assert held is None, held
    await handler.amark_component_complete("a")
    await reading


asyncio.run(main())
print("held none")
"""


def test_no_connection_to_the_database_is_held_by_a_reader__posthog_66282(tmp_path: Path) -> None:
    """A connection to the database was pinned for as long as the stream was read."""
    script = tmp_path / "site_of_one.py"
    script.write_text(SITE, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ran = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.stdout.strip() == "held none", ran.stderr
