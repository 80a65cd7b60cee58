"""The client for tests reads as a browser does."""

import pytest

from sse_pipeline.testing import Decoder, Event, SSECommunicator


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [Event("message", "a")]),
        (b"data:a\r\n\r\ndata: b\r\rdata:  c\n\n",
         [Event("message", "a"), Event("message", "b"), Event("message", " c")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event("message", "a")]),
        (b"data: a\ndata\ndata: b\n\n", [Event("message", "a\n\nb")]),
        (b"id: 1\nevent: x\ndata: a\n\ndata: b\n\n",
         [Event("x", "a", "1"), Event("message", "b", "1")]),
        (b"id: 1\n\ndata: a\n\n", [Event("message", "a", "1")]),
        (b"id: 1\0\ndata: a\n\n", [Event("message", "a")]),
        (b": comment\nevent: x\n\ndata: a\n\n", [Event("message", "a")]),
        (b"nonsense: x\ndata: a\n\ndata: cut", [Event("message", "a")]),
    ],
)  # fmt: skip
def test_the_interpretation_of_a_stream(stream: bytes, events: list[Event]) -> None:
    for size in (1, 2, 1000):
        decoder = Decoder()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [event for piece in pieces for event in decoder.feed(piece)] == events


def test_what_is_no_event() -> None:
    decoder = Decoder()
    assert list(decoder.feed(b": hello\nretry: 10\nretry: x\nid: 7\n\n")) == []
    assert (decoder.retry, decoder.last_event_id) == (10, "7")


def test_a_line_that_ends_with_a_cr_is_whole_at_once() -> None:
    decoder = Decoder()
    assert list(decoder.feed(b"data: a\r\r")) == [Event("message", "a")]
    assert list(decoder.feed(b"\ndata: b\r\n")) == []
    assert list(decoder.feed(b"")) == []
    assert list(decoder.feed(b"\r")) == [Event("message", "b")]


def test_events_that_nobody_took_yet_come_with_the_next_bytes() -> None:
    decoder = Decoder()
    assert next(decoder.feed(b"data: a\n\ndata: b\n\n")) == Event("message", "a")
    assert list(decoder.feed(b"data: c\n\n")) == [Event("message", "b"), Event("message", "c")]


def test_the_id_of_a_frame_counts_when_the_frame_is_whole() -> None:
    decoder = Decoder(last_event_id="1")
    assert list(decoder.feed(b"id: 2\nevent: text\ndata: a\n")) == []
    assert decoder.last_event_id == "1"
    assert list(decoder.feed(b"\n")) == [Event("text", "a", "2")]
    assert decoder.last_event_id == "2"


async def test_a_client_that_is_not_connected_says_so() -> None:
    client = SSECommunicator(None, "/")
    await client.disconnect()
    with pytest.raises(RuntimeError, match="not connected"):
        await client.next()
