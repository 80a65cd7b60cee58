"""Requests for an answer that are refused: no stream is opened."""

import json
from typing import Any

import pytest

from harness.site_client import FOREIGN, HELLO, HOST, check_refusal, post
from sse_pipeline import stores

# A refused request starts nothing

SURROGATE = b'{"text": "\\ud800"}'
HUGE = b'{"text": "x", "speed": 1' + b"0" * 400 + b"}"


async def test_a_speech_that_the_site_has_set_up_badly(settings: Any, caplog: Any) -> None:
    settings.SPEECH = {"engine": "flute"}
    reply = await post({"text": "x"})
    assert (reply.status, reply.json) == (500, {"error": "internal error"})
    assert "there is no 'flute'" in caplog.text
    assert stores.current().open_streams() == []


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "text"),
        ({"speech": False}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n\t\N{IDEOGRAPHIC SPACE}"}, "text"),
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"text": ["Hello."]}, "text"),
        ({"question": ""}, "question"),
        ({"question": 7}, "question"),
        ({"text": "x", "question": "y"}, "question"),
        ({"text": "x", "speech": "yes"}, "speech"),
        ({"text": "x", "speech": 1}, "speech"),
        ({"text": "x", "voice": 7}, "voice"),
        ({"text": "x", "voice": ""}, "voice"),
        ({"text": "x", "voice": "nobody"}, "voice"),
        ({"text": "x", "voice": "en+nobody"}, "voice"),
        ({"text": "x", "language": 7}, "language"),
        ({"text": "x", "language": "a-" * 500_000}, "language"),
        ({"text": "x", "voice": "a" * 201, "speech": False}, "voice"),
        ({"text": "x", "language": "tlhIngan"}, "language"),
        ({"text": "x", "voice": "en-us", "language": "tlhIngan"}, "language"),
        ({"text": "x", "speed": "fast"}, "speed"),
        ({"text": "x", "speed": True}, "speed"),
        ({"text": "x", "speed": None}, "speed"),
        ({"text": "x", "speed": 0}, "speed"),
        ({"text": "x", "speed": 0.2}, "speed"),
        ({"text": "x", "speed": 4.1}, "speed"),
        (b'{"text": "x", "speed": 1e999}', "speed"),
        (HUGE, "speed"),
        ({"text": "x", "tokens_per_second": "25"}, "tokens_per_second"),
        ({"text": "x", "tokens_per_second": 0}, "tokens_per_second"),
        ({"text": "x", "tokens_per_second": -1}, "tokens_per_second"),
        ({"text": "x", "tokens_per_second": 1001}, "tokens_per_second"),
        (HUGE.replace(b"speed", b"tokens_per_second"), "tokens_per_second"),
        ({"text": "x", "fault": "both"}, "fault"),
        ({"text": "x", "fault": 7}, "fault"),
        ({"text": "x", "fault": ["text"]}, "fault"),
        ({"text": "x", "colour": "red"}, "colour"),
        ({"text": "x", "engine": "espeak"}, "engine"),
        (SURROGATE, "text"),
        (SURROGATE.replace(b"text", b"question"), "question"),
        (b'{"text": "x", "voice": "\\udfff"}', "voice"),
        (b"", None),
        (b"{", None),
        (b'{"text": "x"} trailing', None),
        (b'{"text": "x", "speed": NaN}', None),
        (b'{"text": "x", "speed": Infinity}', None),
        (b'{"text": "\xff"}', None),
        (b'{"text": "\xed\xa0\x80"}', None),
        ('{"text": "x"}'.encode("utf-16"), None),
        (b"[" * 100_000, None),
        (b"1" * 5000, None),
        (b"null", None),
        (["text"], None),
        ("text", None),
        (7, None),
    ],
)
async def test_bad_input_is_refused(document: Any, field: str | None) -> None:
    check_refusal(await post(document), 400, field)


async def test_a_refusal_says_what_is_wrong_and_not_how_it_was_found() -> None:
    assert (await post({"text": "x", "speed": 9})).json == {
        "error": "must be a number from 0.25 to 4.0",
        "field": "speed",
    }
    assert (await post(b"1" * 5000)).json == {"error": "the body is JSON that can't be read"}


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({"content_type": "text/plain"}, 415, "Content-Type"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "Content-Type"),
        ({"content_type": "multipart/form-data"}, 415, "Content-Type"),
        ({"content_type": ""}, 415, "Content-Type"),
        ({"last_event_id": "7"}, 409, "Last-Event-ID"),
        ({"idempotency_key": "x" * 256}, 400, "Idempotency-Key"),
        ({"origin": FOREIGN}, 403, "Origin"),
        ({"origin": "null"}, 403, "Origin"),
        ({"origin": f"https://{HOST}"}, 403, "Origin"),
        ({"host": "foreign.example"}, 400, "Host"),
        ({"host": "foreign.example", "origin": "http://foreign.example"}, 400, "Host"),
    ],
)
async def test_bad_headers_are_refused(headers: dict[str, str], status: int, field: str) -> None:
    reply = await post(HELLO, **headers)
    check_refusal(reply, status, field)
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    ("overrides", "size", "status"),
    [
        ({}, 1024 * 1024, 201),
        ({}, 1024 * 1024 + 1, 413),
        ({"SSE_PIPELINE": {"MAX_BODY_BYTES": 100}}, 100, 201),
        ({"SSE_PIPELINE": {"MAX_BODY_BYTES": 100}}, 101, 413),
        ({"DATA_UPLOAD_MAX_MEMORY_SIZE": 100}, 101, 413),
    ],
)
async def test_a_body_has_a_limit(
    settings: Any, overrides: dict[str, Any], size: int, status: int
) -> None:
    for name, value in overrides.items():
        setattr(settings, name, value)
    body = json.dumps(HELLO).encode().ljust(size)
    reply = await post(body, content_length=str(size))
    assert reply.status == status
    if status == 413:
        check_refusal(reply, 413, None)
