"""The wire, by three parsers of other people, however the bytes are cut into pieces."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import httpx2
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI, Stream
from sseclient import SSEClient

from harness.fuzzing import examples
from harness.unicode import ANY_TEXT, ENCODABLE_TEXT
from sse_pipeline import frames
from sse_pipeline.decoder import Decoder
from sse_pipeline.exceptions import InvalidFrame

pytestmark = pytest.mark.exhaustive

Chunks = Iterator[bytes]
HEADERS = {"Content-Type": "text/event-stream"}

#: What decides where an event ends: of this, texts are made more often than of other characters.
TURNS = st.sampled_from(
    ["\n", "\r", "\r\n", "\n\n", "\r\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d",
     "\x1e", "\0", "\ufeff", ":", " ", "data: x", "id: 7\n\n", "event: complete\n", "retry: 1\n",
     "\\", "\\u2028", "Â", "\xe2\x80", "[DONE]"]
)  # fmt: skip
TEXTS = st.lists(TURNS | ENCODABLE_TEXT, max_size=6).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
#: `error` means an error to the client of OpenAI.
FIELDS = st.dictionaries(TEXTS.filter(lambda key: key not in {"type", "error"}), VALUES, max_size=4)


def by_httpx_sse(chunks: Chunks) -> list[str]:
    response = httpx.Response(200, headers=HEADERS, content=chunks)
    return [event.data for event in EventSource(response).iter_sse() if event.data]


def by_sseclient(chunks: Chunks) -> list[str]:
    return [event.data for event in SSEClient(chunks).events()]


OPENAI = OpenAI(api_key="none", base_url="http://localhost")


def by_openai(chunks: Chunks) -> list[str]:
    response = httpx2.Response(200, headers=HEADERS, content=chunks)
    stream: Stream[Any] = Stream(cast_to=object, response=response, client=OPENAI)
    return [json.dumps(document) for document in stream]


def by_ourselves(chunks: Chunks) -> list[str]:
    decoder = Decoder()
    return [event.data for chunk in chunks for event in decoder.feed(chunk)]


PARSERS = [by_httpx_sse, by_sseclient, by_openai, by_ourselves]


def encoded(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(
        frames.numbered(number, frames.encode("text", fields))
        for number, fields in enumerate(messages, 1)
    )


def expected(messages: list[dict[str, Any]]) -> list[Any]:
    return [{"type": "text", **json.loads(json.dumps(fields))} for fields in messages]


@pytest.mark.parametrize("parse", PARSERS)
@examples(25)
@given(st.lists(FIELDS, min_size=1, max_size=4), st.integers(1, 40))
def test_each_parser_reads_what_was_sent(
    parse: Callable[[Chunks], list[str]], messages: list[dict[str, Any]], size: int
) -> None:
    stream = encoded(messages)
    pieces = (stream[at : at + size] for at in range(0, len(stream), size))
    assert [json.loads(data) for data in parse(pieces)] == expected(messages)


@pytest.mark.parametrize("parse", PARSERS)
@examples(4)
@given(st.lists(FIELDS, min_size=1, max_size=2))
def test_it_does_not_matter_where_the_bytes_are_cut(
    parse: Callable[[Chunks], list[str]], messages: list[dict[str, Any]]
) -> None:
    stream = encoded(messages)
    for at in range(len(stream) + 1):
        data = parse(iter([stream[:at], stream[at:]]))
        assert [json.loads(each) for each in data] == expected(messages), at


@examples(100)
@given(ANY_TEXT, st.dictionaries(ANY_TEXT, ANY_TEXT | st.floats() | st.binary(), max_size=3))
def test_what_is_not_refused_is_one_event(event: str, fields: dict[str, Any]) -> None:
    try:
        frames.check_event(event)
        body = frames.encode(event, fields)
    except InvalidFrame:
        return
    assert len(body.decode().splitlines()) == 3
    (found,) = Decoder().feed(body)
    assert (found.event, found.json()) == (event, {"type": event, **fields})


@examples(100)
@given(
    st.lists(
        TURNS.map(str.encode) | st.sampled_from([b"data: a", b"id: 1", b"\xff"]) | st.binary()
    ),
    st.integers(1, 9),
)
def test_the_decoder_takes_any_bytes_and_the_pieces_do_not_matter(
    parts: list[bytes], size: int
) -> None:
    stream = b"".join(parts)
    pieces = (stream[at : at + size] for at in range(0, len(stream), size))
    assert by_ourselves(pieces) == by_ourselves(iter([stream]))
