"""The content of a stream: merged by component, whole though the log has dropped a part of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from pytest_django import Settings

from sse_pipeline import SSEHandler
from sse_pipeline.signals import stream_ended
from sse_pipeline.streams.stream_content import Content

PAD = "." * 90


def test_content_is_merged_by_component(store: Callable[..., None]) -> None:
    handler = SSEHandler(components=["text", "summary", "speech"])
    handler.send("note", component="text", anything=1)
    for number in range(3):
        handler.send("text", component="text", chunk=f"{number} ", offset=2 * number)
        handler.send("audio", component="speech", audio="AAAA")
        handler.send("text", component="summary", chunk=str(number))
    handler.send("citation", url="https://example.com/")
    handler.mark_component_complete("text")
    handler.fail_component("summary", asyncio.CancelledError())
    content = handler.content()
    text, summary, speech = (content.components[name] for name in ("text", "summary", "speech"))
    assert (text.status, text.whole) == ("complete", True)
    assert text.events == {"text": {"chunk": "0 1 2 ", "offset": 0}}
    assert (summary.status, summary.whole) == ("cancelled", False)
    assert summary.events == {"text": {"chunk": "012"}}
    assert (speech.status, speech.events) == ("pending", {})
    assert content.events == {"citation": [{"url": "https://example.com/"}]}
    assert not content.whole


def test_the_end_of_a_stream_brings_its_content(store: Callable[..., None]) -> None:
    heard: list[Content] = []

    def hear(content: Callable[[], Content], **_: Any) -> None:
        heard.append(content())

    stream_ended.connect(hear)
    try:
        handler = SSEHandler(components=["text"])
        handler.send("text", chunk="Hello")
        handler.stop("owner", heard_offset=2)
        handler.fail_component("text", asyncio.CancelledError())
    finally:
        stream_ended.disconnect(hear)
    (content,) = heard
    assert content == handler.content()
    assert content.components["text"].events == {"text": {"chunk": "Hello"}}
    assert (content.components["text"].status, content.whole) == ("stopped", False)
    assert content.stopped is not None
    assert content.stopped.heard_offset == 2


def send_many(handler: SSEHandler) -> str:
    """Send a text of 500 pieces with audio between them; return it."""
    pieces = [f"{number} {PAD}" for number in range(500)]
    for piece in pieces:
        handler.send("text", component="text", chunk=piece)
        handler.send("audio", component="speech", audio=PAD)
        if piece.startswith(("100 ", "300 ")):
            handler.snapshot()  # a batch of a shared store ends here
    return "".join(pieces)


def test_content_is_whole_though_the_log_is_trimmed(store: Callable[..., None]) -> None:
    store(HELD_BYTES=20_000)
    handler = SSEHandler(components=["text", "speech"])
    text = send_many(handler)
    handler.mark_component_complete("speech")
    handler.mark_component_complete("text")
    assert b"event: gap" in b"".join(handler)
    content = handler.content()
    assert content.components["text"].events["text"]["chunk"] == text
    assert (content.whole, content.cut) == (True, False)


def test_what_is_kept_of_the_content_is_bounded(store: Callable[..., None]) -> None:
    store(HELD_BYTES=20_000, CONTENT_BYTES=10_000)
    handler = SSEHandler(components=["text", "speech"])
    text = send_many(handler)
    handler.mark_component_complete("speech")
    handler.mark_component_complete("text")
    content = handler.content()
    assert (content.cut, content.whole, content.components["text"].whole) == (True, False, False)
    chunk = content.components["text"].events["text"]["chunk"]
    assert 0 < len(chunk) < len(text)
    assert (chunk[:50], chunk[-50:]) == (text[:50], text[-50:])


def test_all_streams_together_leave_no_room_for_what_was_dropped(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"HELD_BYTES": 20_000, "STORE_BYTES": 20_000}
    handler = SSEHandler(components=["text", "speech"])
    send_many(handler)
    assert handler.content().cut


async def test_content_of_a_stream_without_frames(store: Callable[..., None]) -> None:
    handler = SSEHandler(components=["text"])
    content = await handler.acontent()
    assert (content.components["text"].events, content.until) == ({}, 2)
