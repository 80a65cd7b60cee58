"""Answers that a test runs to their end, and the events that their readers get."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from harness.speech.speech_recorder import PATIENCE, obedient_engine
from sse_pipeline import SSEHandler
from sse_pipeline.answers import Answer, Speech
from sse_pipeline.testing import Decoder, Event
from sse_pipeline.tts import TTSStreamer


async def say(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


async def break_off(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        yield chunk
    raise RuntimeError("a secret")


async def never_end(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        yield chunk
    await asyncio.Event().wait()


class Deaf(TTSStreamer):
    """Raises at any text."""

    def feed(self, text: str) -> None:
        raise RuntimeError("a secret")


class Endless(TTSStreamer):
    """Raises at the end of the text."""

    def end_input(self) -> None:
        raise RuntimeError("a secret")


class Patient(TTSStreamer):
    """Raises after some text."""

    fed = 0

    def feed(self, text: str) -> None:
        self.fed += 1
        super().feed(text)
        if self.fed >= 3:
            raise RuntimeError("a secret")


def speech(handler: SSEHandler, streamer: type[TTSStreamer] = TTSStreamer, **config: Any) -> Speech:
    config = {"engine": obedient_engine(), "min_characters": 0, "pauses": False, **config}
    return Speech(handler, config, streamer)


async def produce(
    handler: SSEHandler, chunks: AsyncIterator[str], voice: Speech | None = None
) -> list[Event]:
    """Run an answer to its end; return its events."""
    answer = Answer(handler, voice)
    await answer.open()
    await asyncio.wait_for(answer.run(chunks), PATIENCE)
    return await read(handler)


async def read(handler: SSEHandler) -> list[Event]:
    decoder = Decoder()
    async with asyncio.timeout(PATIENCE):
        events = [event async for frame in handler for event in decoder.feed(frame)]
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    terminal = [event for event in events if event.event in ("complete", "errored")]
    assert terminal == events[-1:]
    return events


def named(events: Iterable[Event], *names: str) -> list[dict[str, Any]]:
    return [event.json() for event in events if event.event in names]


def ending(events: list[Event]) -> tuple[str, str | None, dict[str, str]]:
    """Return how a stream ended: the terminal event, its reason and the status of each."""
    end = events[-1].json()
    statuses = {name: entry["status"] for name, entry in end["components"].items()}
    return events[-1].event, end.get("reason"), statuses


def order(events: list[Event]) -> list[str]:
    """Return the settlements, in their order."""
    settled = [each for each in named(events, "component") if each["status"] != "pending"]
    return [each["component"] for each in settled]


async def running(
    handler: SSEHandler, chunks: AsyncIterator[str], voice: Speech | None
) -> "asyncio.Task[None]":
    answer = Answer(handler, voice)
    await answer.open()
    return asyncio.create_task(answer.run(chunks))
