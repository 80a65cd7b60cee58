"""An answer that is cancelled, or that has other components beside it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.answering import (
    ending,
    named,
    never_end,
    order,
    produce,
    read,
    running,
    say,
    speech,
)
from harness.speech.speech_recorder import PATIENCE, obedient_engine
from sse_pipeline import SSEHandler
from sse_pipeline.answers import SPEECH, TEXT, Answer, Speech
from sse_pipeline.exceptions import StreamEnded
from sse_pipeline.testing import Decoder


async def test_a_cancel_in_the_middle_stops_both() -> None:
    handler = SSEHandler()
    engine = obedient_engine()
    stopped = asyncio.Event()

    async def text() -> AsyncIterator[str]:
        try:
            yield "One.\nstall\nTwo.\n"
            await asyncio.Event().wait()
        finally:
            stopped.set()

    task = await running(handler, text(), Speech(handler, {"engine": engine}))
    assert await asyncio.to_thread(engine.stalled.wait, PATIENCE)
    await handler.acancel()
    await asyncio.wait_for(task, PATIENCE)
    events = await read(handler)
    assert ending(events) == ("errored", "cancelled", {TEXT: "cancelled", SPEECH: "cancelled"})
    assert stopped.is_set()
    assert await asyncio.to_thread(engine.released.wait, PATIENCE)
    assert events[-1].json()["components"][SPEECH]["ms"] < 5000


@pytest.mark.parametrize("spoken", [True, False])
async def test_a_cancel_before_the_start_settles_both_at_once(spoken: bool) -> None:
    handler = SSEHandler()
    answer = Answer(handler, speech(handler) if spoken else None)
    await answer.open()
    await handler.acancel()
    begun = asyncio.get_running_loop().time()
    await answer.run(say("One."))
    events = await read(handler)
    assert asyncio.get_running_loop().time() - begun < handler.snapshot().limits.drain_limit
    assert set(ending(events)[2].values()) == {"cancelled"}
    assert named(events, "text") == []


async def test_an_answer_that_nobody_runs_is_cancelled() -> None:
    handler = SSEHandler()
    answer = Answer(handler, speech(handler))
    await answer.open()
    await answer.cancel()
    events = await read(handler)
    assert ending(events) == ("errored", "cancelled", {TEXT: "cancelled", SPEECH: "cancelled"})


async def test_the_end_of_its_task_ends_the_stream() -> None:
    handler = SSEHandler()
    task = await running(handler, never_end("One.\n"), speech(handler))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ending(await read(handler))[:2] == ("errored", "cancelled")


async def test_a_stopped_answer_keeps_what_it_had() -> None:
    handler = SSEHandler()
    task = await running(handler, never_end("One.\n"), speech(handler))
    assert await handler.astop(heard_ms=0)
    await asyncio.wait_for(task, PATIENCE)
    state, _, statuses = ending(await read(handler))
    assert (state, statuses) == ("complete", dict.fromkeys((TEXT, SPEECH), "stopped"))


async def test_a_stream_that_is_forgotten_stops_its_producers(settings: Any) -> None:
    settings.SSE_PIPELINE = {"KEEP": 0.001}
    handler = SSEHandler()
    task = await running(handler, never_end("One.\n"), speech(handler))
    await handler.acancel()
    await asyncio.wait_for(task, PATIENCE)


async def test_frames_after_the_end_stop_the_speech() -> None:
    handler = SSEHandler()
    voice = speech(handler)
    answer = Answer(handler, voice)
    await answer.open()
    for component in (TEXT, SPEECH):
        await handler.amark_component_complete(component)
    with pytest.raises(StreamEnded):
        await handler.asend("text", chunk="late")
    voice.streamer.feed("One.\nstall\nTwo.\n")
    result = await asyncio.to_thread(voice.streamer.wait, PATIENCE)
    assert result is not None
    assert result.status == "cancelled"


async def test_other_components_are_waited_for() -> None:
    handler = SSEHandler(components=["citations"])
    task = await running(handler, say("One."), speech(handler))
    decoder, settled = Decoder(), set[str]()
    async for frame in handler:
        settled.update(order(list(decoder.feed(frame))))
        if settled == {TEXT, SPEECH}:
            break
    assert not task.done()
    await handler.amark_component_complete("citations")
    await asyncio.wait_for(task, PATIENCE)
    assert ending(await read(handler))[2] == dict.fromkeys((TEXT, SPEECH, "citations"), "complete")


async def test_many_answers_at_once() -> None:
    handlers = [SSEHandler() for _ in range(50)]
    answers = [produce(each, say("One. ", "refuse. ", "Two."), speech(each)) for each in handlers]
    for events in await asyncio.gather(*answers):
        assert ending(events)[0] == "complete"
