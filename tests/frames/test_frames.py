"""Frames and their bytes, against the standard and against a client."""

import datetime as dt
import decimal
import json
import uuid
from itertools import pairwise
from typing import Any

import httpx
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy
from httpx_sse import EventSource
from hypothesis import example, given
from hypothesis import strategies as st

from sse_pipeline import frames
from sse_pipeline.exceptions import InvalidFrame
from sse_pipeline.testing import Decoder

default = DjangoJSONEncoder().default


def encode(**fields: Any) -> Any:
    body = frames.encode("text", fields, default)
    (event,) = Decoder().feed(body)
    return event.json()


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        ("Grüße, 世界 😀", "Grüße, 世界 😀"),
        ("a\r\nb\rc\nd\0e\ufeff", "a\r\nb\rc\nd\0e\ufeff"),
        (None, None),
        ((1, 2), [1, 2]),
        (2**70, 2**70),
        ({1: "one"}, {"1": "one"}),
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC), "2026-01-02T03:04:05.678Z"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.timedelta(seconds=90), "P0DT00H01M30S"),
        (gettext_lazy("Yes"), "Yes"),
    ],
    ids=repr,
)
def test_fields_are_what_django_encodes(value: object, wire: object) -> None:
    assert encode(chunk=value) == {"type": "text", "chunk": wire}
    assert json.loads(json.dumps(value, cls=DjangoJSONEncoder)) == wire


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), [-float("inf")], {"deep": [None, float("nan")]}, "\ud800",
     ["\udfff"], {"\ud800": 1}, pytest.param(object(), id="object"), b"bytes", {1, 2}],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_encoded_is_named(value: object) -> None:
    with pytest.raises(InvalidFrame, match="^culprit: "):
        frames.encode("text", {"fine": 1, "culprit": value}, default)


def test_a_cycle_is_named() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(InvalidFrame, match="^cycle: "):
        frames.encode("text", {"cycle": cycle}, default)


def test_the_type_is_the_events_name() -> None:
    with pytest.raises(InvalidFrame, match="^type: "):
        frames.encode("text", {"type": "other"})


@pytest.mark.parametrize("name", ["text", "audio", "übung", "a.b:c-d_e", "x" * 100])
def test_names_of_events(name: str) -> None:
    frames.check_event(name)
    (event,) = Decoder().feed(frames.encode(name, {}))
    assert event.event == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a\nb", "a\rb", "a\0b", "\ufefftext", "\ud800", "x" * 101, "a\x85b", None, 3,
     b"text", ["text"], *frames.EVENTSOURCE_EVENTS, *frames.OWN_EVENTS],
    ids=repr,
)  # fmt: skip
def test_names_that_are_refused(name: Any) -> None:
    with pytest.raises(InvalidFrame, match="^event: "):
        frames.check_event(name)


def test_the_bytes_of_a_frame() -> None:
    body = frames.encode("text", {"chunk": "Hi"})
    assert body == b'event: text\ndata: {"type":"text","chunk":"Hi"}\n\n'
    assert frames.numbered(7, body) == body[:-1] + b"id: 7\n\n"
    assert frames.retry(2000) == b"retry: 2000\n"
    assert frames.gap(2, 9) == b'event: gap\ndata: {"type":"gap","from":2,"to":9}\n\n'
    assert frames.reset() == b'event: gap\ndata: {"type":"gap","reset":true}\n\n'


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
sent = st.dictionaries(texts.filter(lambda name: name != "type"), values, max_size=4)


@given(st.lists(sent, min_size=1, max_size=5), st.data())
@example([{"a": "\r\n\r\nevent: errored\n\n\u2028\x85"}], None)
def test_nothing_escapes_a_field(messages: list[dict[str, Any]], data: Any) -> None:
    stream = b"".join(
        frames.numbered(number, frames.encode("text", fields))
        for number, fields in enumerate(messages, 1)
    )
    cuts = [len(stream)] if data is None else data.draw(st.lists(st.integers(0, len(stream))))
    edges = [0, *sorted(cuts), len(stream)]
    decoder = Decoder()
    events = [event for begin, end in pairwise(edges) for event in decoder.feed(stream[begin:end])]
    assert [event.json() for event in events] == [{"type": "text", **m} for m in messages]
    assert [event.id for event in events] == [str(n) for n in range(1, len(messages) + 1)]
    assert by_httpx_sse(stream) == [(event.event, event.id, event.data) for event in events]
    assert by_splitlines(stream) == [event.data for event in events]


def by_httpx_sse(stream: bytes) -> list[tuple[str, str, str]]:
    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=stream)
    return [(event.event, event.id, event.data) for event in EventSource(response).iter_sse()]


def by_splitlines(stream: bytes) -> list[str]:
    """Return the data of each event, as a reader finds it that ends lines where Python does."""
    lines = stream.decode().splitlines()
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


@pytest.mark.parametrize(
    "text", ["a\x85b", "a\u2028b\u2029c", "\\\u2028\\\\\x85", "Â…•\xc2\x84\u2027"]
)
def test_what_ends_a_line_for_some_readers_is_escaped(text: str) -> None:
    for body in (
        frames.encode("text", {f"name{text}": [text]}),
        frames.own("stream_error", **{f"name{text}": [text]}).body,
    ):
        assert len(body.decode().splitlines()) == 3
        (event,) = Decoder().feed(body)
        assert event.json()[f"name{text}"] == [text]


def test_the_librarys_own_events_refuse_what_cannot_be_encoded() -> None:
    with pytest.raises(InvalidFrame, match="^message: "):
        frames.own("stream_error", component=None, message="\ud800")
