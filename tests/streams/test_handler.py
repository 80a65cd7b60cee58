"""The public interface of producers."""

import asyncio
import json
import os
import subprocess
import sys
import threading

import pytest
from django.test import override_settings

from harness.handlers import events, handler_of, iter_some, names
from harness.servers import ROOT
from sse_pipeline import Component, SSEHandler, tts
from sse_pipeline.exceptions import (
    FrameTooLarge,
    InvalidComponent,
    StreamNotFound,
)
from sse_pipeline.testing import Decoder


def test_the_stream_stays_open_until_the_last_component() -> None:
    handler = handler_of("text_generation", "tts_processing")
    handler.send("text", chunk="Hello")
    assert handler.mark_component_complete("text_generation")
    assert not handler.is_complete.is_set()
    handler.send("audio", audio="…")
    assert handler.mark_component_complete("tts_processing")
    assert handler.is_complete.is_set()
    assert handler.is_complete.wait(0)
    told = events(handler)
    assert [event.event for event in told] == [
        "stream", "component", "component", "text", "component", "audio", "component", "complete",
    ]  # fmt: skip
    assert [event.id for event in told] == [str(number) for number in range(1, 9)]
    assert told[-1].json()["message"] == "Answer pipeline completed successfully"


def test_the_older_end_does_not_cut_the_speech() -> None:
    handler = handler_of("text_generation", "tts_processing")
    handler.mark_component_complete("text_generation")
    assert handler.mark_complete()
    assert not handler.is_complete.is_set()
    handler.send("audio", audio="late, and welcome")
    handler.mark_component_complete("tts_processing")
    assert names(handler)[-3:] == ["audio", "component", "complete"]


def test_the_older_error_path() -> None:
    handler = handler_of("text_generation", "tts_processing")
    handler.send_error("Something went wrong")
    for name in ("text_generation", "tts_processing", "citations"):
        handler.mark_component_complete(name)
    assert handler.is_complete.is_set()
    assert handler.snapshot().verdict == "error_reported"
    assert names(handler)[-1] == "errored"
    handler.send_error("again")
    handler.mark_complete()
    assert names(handler).count("errored") == 1


def test_frames_count_for_their_component() -> None:
    handler = handler_of("text", "speech")
    handler.send("both", x=1)
    handler.send("text", component="text", x=1)
    handler.mark_component_complete("text")
    handler.send("audio", x=1)
    handler.mark_component_complete("speech")
    ledger = handler.snapshot().ledger()
    assert (ledger["text"]["frames"], ledger["speech"]["frames"]) == (1, 1)
    assert handler.snapshot().traffic.frames == 3


def test_an_error_is_shown_only_on_demand(caplog: pytest.LogCaptureFixture) -> None:
    handler = handler_of("a", "b")
    handler.fail_component("a", ValueError("the password is 1234"))
    assert "the password is 1234" in caplog.text
    assert b"1234" not in b"".join(iter_some(handler, 6))
    with override_settings(SSE_PIPELINE={"EXPOSE_ERRORS": True}):
        handler = handler_of("a")
        handler.fail_component("a", ValueError("it is 1234"))
        assert events(handler)[2].json()["message"] == "it is 1234"


def test_an_overflow_ends_the_stream() -> None:
    with override_settings(SSE_PIPELINE={"MAX_FRAME_BYTES": 1000}):
        handler = handler_of("a")
        with pytest.raises(FrameTooLarge, match="MAX_FRAME_BYTES"):
            handler.send("text", chunk="x" * 1000)
        assert handler.snapshot().verdict == "overflow"
    with override_settings(SSE_PIPELINE={"MAX_STREAM_BYTES": 1000}):
        handler = handler_of("a")
        handler.send("text", chunk="x" * 600)
        with pytest.raises(FrameTooLarge, match="MAX_STREAM_BYTES"):
            handler.send("text", chunk="x" * 600)
        assert names(handler)[-1] == "errored"
        assert handler.snapshot().ledger()["a"]["status"] == "abandoned"


def test_cancel_tells_the_producers() -> None:
    handler = handler_of("a")
    assert not handler.cancelled
    assert handler.cancel()
    assert handler.cancelled
    assert not handler.is_complete.is_set()
    assert handler.cancel()
    handler.mark_component_complete("a")
    assert handler.snapshot().verdict == "cancelled"


def test_components_may_be_declared() -> None:
    handler = SSEHandler(components=["text", Component("speech", required=False, timeout=3.0)])
    handler.mark_component_complete("text")
    assert not handler.is_complete.is_set()
    assert not handler.snapshot().ledger()["speech"]["required"]
    with pytest.raises(InvalidComponent, match="components: 'a'"):
        SSEHandler(components=["a", "a"])
    with pytest.raises(InvalidComponent, match="components: 'text' is one name"):
        SSEHandler(components="text")


def test_attach() -> None:
    handler = handler_of("a", "b")
    other = SSEHandler.attach(handler.stream_id)
    other.mark_component_complete("a")
    other.send("text")
    other.mark_component_complete("b")
    assert handler.is_complete.is_set()
    assert handler.snapshot().ledger()["b"]["frames"] == 1
    with pytest.raises(StreamNotFound, match=r"SSE_PIPELINE\['STORE'\]"):
        SSEHandler.attach("00000000-0000-4000-8000-000000000000")


async def test_the_twins() -> None:
    handler = SSEHandler()
    await handler.aregister_component("a")
    await handler.aregister_component("b", required=False)
    await handler.asend("text", chunk="x")
    await handler.asend_error("Hm", fatal=False)
    assert await handler.amark_component_complete("a")
    assert await handler.amark_complete()
    other = await SSEHandler.aattach(handler.stream_id)
    assert await other.acancel()
    assert await other.afail_component("b", "broke")
    assert (await other.asnapshot()).verdict == "cancelled"
    decoder = Decoder()
    told = [event.event async for frame in handler for event in decoder.feed(frame)]
    assert told[-1] == "errored"


def test_a_reader_in_a_thread_sees_all_as_it_comes() -> None:
    handler = handler_of("a")
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.extend(names(handler)))
    reader.start()
    for number in range(200):
        handler.send("text", chunk=number)
    handler.mark_component_complete("a")
    reader.join(10)
    assert seen == ["stream", "component", *["text"] * 200, "component", "complete"]


FORK = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
django.setup()
from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import StreamNotFound
handler = SSEHandler(); handler.register_component("a")
child = os.fork()
if child == 0:
    try:
        handler.send("text")
    except StreamNotFound:
        other = SSEHandler(deadline=0.01); other.register_component("b")
        os._exit(0 if other.is_complete.wait(10) else 2)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
handler.send("text"); handler.mark_component_complete("a")
assert handler.is_complete.is_set()
"""


def test_a_fork_starts_clean() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_package_offers_its_names() -> None:
    import sse_pipeline

    assert sse_pipeline.SSEHandler is SSEHandler
    assert sse_pipeline.TTSStreamer is tts.TTSStreamer
    assert sse_pipeline.TTSBuffer().is_idle
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sse_pipeline.nonsense


def test_a_summary_stands_in_the_ledger() -> None:
    handler = SSEHandler(components=["a", "b", "c"])
    assert handler.mark_component_complete("a", summary={"found": 3, "share": 0.5})
    assert handler.fail_component("b", "broke", summary={"found": 0})
    assert handler.fail_component("c", asyncio.CancelledError(), summary={})
    ledger = handler.snapshot().ledger()
    summaries = [ledger[name].get("summary") for name in "abc"]
    assert summaries == [{"found": 3, "share": 0.5}, {"found": 0}, {}]
    line = list(handler)[-1].partition(b"data: ")[2].partition(b"\n")[0]
    assert json.loads(line)["components"] == ledger


@override_settings(SSE_PIPELINE={"SUCCESS_MESSAGE": "Fertig"})
def test_a_stream_ends_with_the_message_of_the_site() -> None:
    handler = handler_of("text_generation")
    handler.mark_component_complete("text_generation")
    assert events(handler)[-1].json()["message"] == "Fertig"
