"""The answer over HTTP: every line of the tables, by requests to the site's ASGI application."""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from asgiref.sync import async_to_sync
from channels.testing import HttpCommunicator
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from project.asgi import application
from sse_pipeline import SSEHandler, stores
from sse_pipeline.testing import SSECommunicator

HOST = "localhost:8000"
OWN, FOREIGN, FRIEND = f"http://{HOST}", "https://foreign.example", "https://friend.example"
STREAM = "text/event-stream"
JSON = "application/json"
GET_ONLY, POST_ONLY = "GET, HEAD, OPTIONS", "POST, OPTIONS"

#: What lies on every reply.
COMMON = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "content-encoding": "identity",
}
QUIET = {"speech": False, "tokens_per_second": 1000}
HELLO = {"text": "Hello.", **QUIET}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def wire(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def request(method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    """Send a request; an underscore in a header's name is a hyphen."""
    sent = {"host": HOST, **{name.replace("_", "-"): each for name, each in headers.items()}}
    client = HttpCommunicator(application, method, path, body, wire(sent))
    reply = await client.get_response(timeout=5)
    await client.wait()
    received = {name.decode(): value.decode() for name, value in reply["headers"]}
    return Reply(reply["status"], received, reply["body"])


async def post(document: Any, **headers: str) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return await request("POST", "/answers/", body, **{"content_type": JSON, **headers})


def streaming(document: Any, **headers: str) -> SSECommunicator:
    """Ask for an answer, and for its stream as the reply."""
    sent = {"Content-Type": JSON, "Accept": STREAM, **headers}
    body = json.dumps(document).encode()
    return SSECommunicator(application, "/answers/", method="POST", body=body, headers=wire(sent))


def path_of(name: str, stream_id: str) -> str:
    return reverse(f"stream-{name}", "sse_pipeline.routing", [stream_id])


async def ended() -> SSEHandler:
    """Open a stream that has ended, with four frames."""
    handler = SSEHandler()
    async with handler.component("text_generation"):
        pass
    return handler


def check_refusal(reply: Reply, status: int, field: str | None) -> None:
    assert reply.status == status
    assert COMMON.items() <= reply.headers.items()
    assert reply.headers["content-type"] == JSON
    assert isinstance(reply.json.pop("error"), str)
    assert reply.json.get("field") == field
    assert reply.json.keys() <= {"error", "field"}
    assert stores.current().open_streams() == []


# The methods of each route


@pytest.mark.parametrize(
    ("method", "route", "status", "headers"),
    [
        ("GET", "events", 200, {"content-type": STREAM}),
        ("HEAD", "events", 200, {"content-type": STREAM}),
        ("OPTIONS", "events", 204, {"allow": GET_ONLY}),
        ("POST", "events", 405, {"allow": GET_ONLY}),
        ("PUT", "events", 405, {"allow": GET_ONLY}),
        ("DELETE", "events", 405, {"allow": GET_ONLY}),
        ("BREW", "events", 405, {"allow": GET_ONLY}),
        ("GET", "status", 200, {"content-type": JSON}),
        ("HEAD", "status", 200, {"content-type": JSON}),
        ("OPTIONS", "status", 204, {"allow": GET_ONLY}),
        ("POST", "status", 405, {"allow": GET_ONLY}),
        ("POST", "cancel", 202, {"content-type": JSON}),
        ("OPTIONS", "cancel", 204, {"allow": POST_ONLY}),
        ("GET", "cancel", 405, {"allow": POST_ONLY}),
        ("HEAD", "cancel", 405, {"allow": POST_ONLY}),
        ("OPTIONS", "answers", 204, {"allow": POST_ONLY}),
        ("GET", "answers", 405, {"allow": POST_ONLY}),
        ("HEAD", "answers", 405, {"allow": POST_ONLY}),
        ("PATCH", "answers", 405, {"allow": POST_ONLY}),
    ],
)
async def test_each_method_of_each_route(
    method: str, route: str, status: int, headers: dict[str, str]
) -> None:
    handler = await ended()
    path = "/answers/" if route == "answers" else path_of(route, handler.stream_id)
    reply = await request(method, path)
    assert reply.status == status
    assert {**COMMON, **headers}.items() <= reply.headers.items()
    assert (reply.body == b"") == (method == "HEAD" or status == 204)
    assert ("allow" in reply.headers) == (status in (204, 405))
    assert "content-type" in reply.headers or status == 204


@pytest.mark.parametrize("route", ["events", "status"])
async def test_head_has_the_headers_of_get(route: str) -> None:
    handler = await ended()
    path = path_of(route, handler.stream_id)
    replies = [await request(method, path) for method in ("GET", "HEAD")]
    assert replies[0].headers == replies[1].headers
    assert replies[1].body == b""


async def test_head_of_an_open_stream_leaves_no_reader() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asnapshot()
    reply = await request("HEAD", path_of("events", handler.stream_id))
    assert (reply.status, reply.body) == (200, b"")
    log: Any = stores.current().attach(handler.stream_id)
    assert log.readers == 0


# The library's routes


async def test_the_stream_is_read_from_the_start() -> None:
    handler = await ended()
    async with SSECommunicator(application, path_of("events", handler.stream_id)) as client:
        events = await client.events()
    assert [event.event for event in events] == ["stream", "component", "component", "complete"]
    assert [event.id for event in events] == ["1", "2", "3", "4"]
    assert client.decoder.retry is not None


@pytest.mark.parametrize(
    ("after", "status", "ids"),
    [
        ("1", 200, [2, 3, 4]),
        ("3", 200, [4]),
        ("4", 204, []),
        ("", 200, [1, 2, 3, 4]),
        ("-1", 200, [1, 2, 3, 4]),
        ("soon", 200, [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("where", ["header", "query"])
async def test_a_reader_comes_back(after: str, status: int, ids: list[int], where: str) -> None:
    handler = await ended()
    path = path_of("events", handler.stream_id)
    if where == "header":
        reply = await request("GET", path, last_event_id=after)
    else:
        reply = await request("GET", f"{path}?last_event_id={after}")
    assert reply.status == status
    assert COMMON.items() <= reply.headers.items()
    lines = reply.body.decode().splitlines()
    assert [int(line[4:]) for line in lines if line.startswith("id: ")] == ids


@pytest.mark.parametrize(
    ("method", "route"), [("GET", "events"), ("GET", "status"), ("POST", "cancel")]
)
async def test_an_unknown_stream_is_not_found(method: str, route: str) -> None:
    reply = await request(method, path_of(route, str(uuid.uuid4())))
    check_refusal(reply, 404, None)


@pytest.mark.parametrize("route", ["events", "cancel"])
async def test_a_stream_forgotten_while_it_is_asked_for_is_not_found(
    route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = await ended()

    async def admit(*_: object) -> bool:
        stores.current().close()
        return True

    monkeypatch.setattr("sse_pipeline.access.authorization.aadmits", admit)
    method = "POST" if route == "cancel" else "GET"
    check_refusal(await request(method, path_of(route, handler.stream_id)), 404, None)


async def test_the_status() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asend("text", chunk="Hello")
    status = (await request("GET", path_of("status", handler.stream_id))).json
    assert status.keys() == {
        "stream", "state", "verdict", "components", "frames", "bytes", "age", "idle", "ended",
        "waiting_for",
    }  # fmt: skip
    assert (status["stream"], status["state"]) == (handler.stream_id, "streaming")
    assert status["components"]["text_generation"]["status"] == "pending"
    assert "text_generation" in status["waiting_for"]


async def test_a_cancel_is_idempotent_and_reaches_the_producers() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asnapshot()
    path = path_of("cancel", handler.stream_id)
    for _ in range(2):
        reply = await request("POST", path)
        assert reply.status == 202
        assert reply.json == {
            "stream": handler.stream_id, "state": "draining", "taken": True,
        }  # fmt: skip
        assert handler.cancelled
    await handler.amark_component_complete("text_generation")
    assert (await request("POST", path)).json["state"] == "errored"
    assert (await handler.asnapshot()).verdict == "cancelled"


# What is answered


async def test_an_answer_is_created() -> None:
    reply = await post(HELLO)
    assert reply.status == 201
    assert reply.json == {
        "stream": reply.json["stream"],
        **{name: path_of(name, reply.json["stream"]) for name in ("events", "status", "cancel")},
    }
    headers = {**COMMON, "vary": "Origin", "content-type": JSON, "location": reply.json["events"]}
    assert reply.headers == headers
    async with SSECommunicator(application, reply.json["events"]) as client:
        events = await client.events()
    assert "".join(each.json()["chunk"] for each in events if each.event == "text") == "Hello."
    assert events[-1].event == "complete"


@pytest.mark.parametrize(
    ("accept", "streamed"),
    [
        (STREAM, True),
        ("Text/Event-Stream", True),
        (f"{STREAM}, */*;q=0.5", True),
        (f"{JSON};q=0.2, {STREAM}", True),
        (JSON, False),
        ("*/*", False),
        (f"{JSON}, {STREAM};q=0.5", False),
        (f"{STREAM};q=0", False),
        ("text/html", False),
        ("", False),
    ],
)
async def test_the_reply_is_the_stream_itself_where_that_is_preferred(
    accept: str, streamed: bool
) -> None:
    async with streaming(HELLO, Accept=accept) as client:
        if not streamed:
            assert (client.status, client.headers["content-type"]) == (201, JSON)
            return
        assert (client.status, client.headers["content-type"]) == (200, STREAM)
        events = await client.events()
    assert [events[0].event, events[-1].event] == ["stream", "complete"]
    assert client.headers["content-location"] == path_of("events", events[0].json()["stream"])
    assert "location" not in client.headers
    assert COMMON.items() <= client.headers.items()


async def test_an_answer_goes_on_without_its_reader() -> None:
    async with streaming({**HELLO, "text": "on and on " * 20}) as client:
        first = await client.next()
    assert first is not None
    handler = SSEHandler.attach(first.json()["stream"])
    await asyncio.wait_for(handler.ended(), 5)
    assert handler.snapshot().state == "complete"


@pytest.mark.parametrize(
    "document",
    [
        {"text": " \N{GRINNING FACE} ", **QUIET},
        {"text": "x", "speech": True, "voice": "en-us", "speed": 2, "language": "en"},
        {"text": "x", "speed": 0.25, "fault": None},
        {"text": "x", "speech": False, "tokens_per_second": 0.5},
        {"text": "x", "speech": False, "tokens_per_second": 1000, "fault": "text"},
    ],
)
async def test_good_input(document: dict[str, Any]) -> None:
    assert (await post(document)).status == 201


async def test_a_byte_order_mark_and_a_charset_do_no_harm() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(HELLO).encode()
    assert (await post(body, content_type="Application/JSON; charset=utf-8")).status == 201


LONG = "One two three four five six seven eight nine ten."


@pytest.mark.parametrize("text", ["One.", LONG])
@pytest.mark.parametrize(
    ("fault", "speech", "end", "statuses"),
    [
        ("text", True, "errored", ["failed", "cancelled"]),
        ("text", False, "errored", ["failed"]),
        ("speech", True, "complete", ["complete", "failed"]),
        ("speech", False, "complete", ["complete"]),
    ],
)
async def test_a_fault(text: str, fault: str, speech: bool, end: str, statuses: list[str]) -> None:
    question = {"text": text, "fault": fault, "speech": speech, "tokens_per_second": 1000}
    async with streaming(question) as client:
        events = await client.events()
    terminal = events[-1].json()
    assert (events[-1].event, terminal.get("reason")) == (
        end,
        "component_failed" if end == "errored" else None,
    )
    assert [entry["status"] for entry in terminal["components"].values()] == statuses
    heard = "".join(event.json()["chunk"] for event in events if event.event == "text")
    assert text.startswith(heard)
    assert (heard == text) == (fault == "speech" or text == "One.")
    assert not any("made to fail" in event.data for event in events)


# The same answer again


async def test_a_key_gives_the_same_stream_again() -> None:
    first, second = [await post(HELLO, idempotency_key="one") for _ in range(2)]
    assert (first.status, first.json) == (second.status, second.json) == (201, first.json)
    other = await post(HELLO, idempotency_key="two")
    assert other.json["stream"] != first.json["stream"]
    async with streaming(HELLO, **{"Idempotency-Key": "one"}) as client:
        events = await client.events()
    assert events[0].json()["stream"] == first.json["stream"]


async def test_a_key_gives_the_same_stream_to_requests_at_once() -> None:
    replies = await asyncio.gather(*(post(HELLO, idempotency_key="race") for _ in range(8)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.json["stream"] for reply in replies}) == 1
    handler = SSEHandler.attach(replies[0].json["stream"])
    await asyncio.wait_for(handler.ended(), 5)
    assert handler.snapshot().state == "complete"
    assert stores.current().open_streams() == []


async def test_a_key_is_not_good_for_another_question() -> None:
    reply = await post(HELLO, idempotency_key="once")
    await SSEHandler.attach(reply.json["stream"]).ended()
    reply = await post({**HELLO, "text": "Good bye."}, idempotency_key="once")
    check_refusal(reply, 422, "Idempotency-Key")


async def test_a_key_outlives_its_stream() -> None:
    first = await post(HELLO, idempotency_key="again")
    stores.current().close()
    second = await post(HELLO, idempotency_key="again")
    assert second.status == 201
    assert second.json["stream"] != first.json["stream"]


# What is refused: nothing starts

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


# Origins


@pytest.mark.parametrize("origin", [OWN, FRIEND])
async def test_an_origin_that_may_post(settings: Any, origin: str) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    reply = await post(HELLO, origin=origin)
    assert reply.status == 201
    shared = reply.headers.get("access-control-allow-origin")
    assert shared == (FRIEND if origin == FRIEND else None)


@pytest.mark.parametrize("route", ["events", "status", "cancel", "answers"])
@pytest.mark.parametrize(
    ("origin", "status"), [(OWN, 204), (FRIEND, 204), (FOREIGN, 403), (None, 204)]
)
async def test_a_preflight(settings: Any, route: str, origin: str | None, status: int) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    path = "/answers/" if route == "answers" else path_of(route, str(uuid.uuid4()))
    headers = {"origin": origin} if origin else {}
    reply = await request("OPTIONS", path, b"", **headers)
    assert reply.status == status
    assert COMMON.items() <= reply.headers.items()
    granted = {name for name in reply.headers if name.startswith("access-control-")}
    if origin != FRIEND:
        assert granted == set()
        return
    assert reply.headers["access-control-allow-origin"] == FRIEND
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["access-control-allow-methods"] == reply.headers["allow"]
    assert "Idempotency-Key" in reply.headers["access-control-allow-headers"]


async def test_another_origin_reads_the_headers_of_every_reply(settings: Any) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    path = path_of("events", (await ended()).stream_id)
    replies = [
        await request("GET", path, origin=FRIEND),
        await request("GET", path, origin=FRIEND, last_event_id="4"),
        await request("GET", path_of("events", str(uuid.uuid4())), origin=FRIEND),
        await request("POST", path, origin=FRIEND),
        await post({}, origin=FRIEND),
        await post(HELLO, origin=FRIEND),
    ]
    assert [reply.status for reply in replies] == [200, 204, 404, 405, 400, 201]
    for reply in replies:
        assert reply.headers["access-control-allow-origin"] == FRIEND
        assert reply.headers["vary"] == "Origin"
        assert "Location" in reply.headers["access-control-expose-headers"]


# Cookies

TOKEN = "a" * 32


@pytest.mark.parametrize(
    ("cookie", "token", "status"),
    [
        ("", "", 201),
        (f"csrftoken={TOKEN}", "", 201),
        ("sessionid=stale", "", 403),
        (f"sessionid=stale; csrftoken={TOKEN}", "", 403),
        (f"sessionid=stale; csrftoken={TOKEN}", "b" * 32, 403),
        ("sessionid=stale", TOKEN, 403),
    ],
)
async def test_a_session_needs_its_token(cookie: str, token: str, status: int) -> None:
    reply = await post(HELLO, cookie=cookie, x_csrftoken=token)
    assert reply.status == status
    if status == 403:
        check_refusal(reply, 403, "X-CSRFToken")


@pytest.mark.django_db(transaction=True)
async def test_a_session_with_its_token_may_post() -> None:
    cookie = f"sessionid=stale; csrftoken={TOKEN}"
    assert (await post(HELLO, cookie=cookie, x_csrftoken=TOKEN)).status == 201


async def test_a_cancel_by_a_session_needs_its_token() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asnapshot()
    path = path_of("cancel", handler.stream_id)
    cookie = f"sessionid=any; csrftoken={TOKEN}"
    assert (await request("POST", path, cookie=cookie)).status == 403
    assert not handler.cancelled
    assert (await request("POST", path, cookie=cookie, x_csrftoken=TOKEN)).status == 202


@pytest.mark.parametrize("ask", [request, post])
async def test_a_stranger_costs_no_thread(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sse_pipeline.access.owners.database_sync_to_async")
    if ask is post:
        assert (await post(HELLO)).status == 201
        return
    handler = SSEHandler(owner="somebody", components=["text_generation"])
    await handler.asnapshot()
    assert (await request("GET", path_of("status", handler.stream_id))).status == 404


# Owners


def admit_all(scope: dict[str, Any], stream: Any) -> bool:
    return (scope["type"], stream.owner) == ("http", "somebody")


async def admit_all_asynchronously(scope: dict[str, Any], stream: Any) -> bool:
    return admit_all(scope, stream)


def admit_none(scope: dict[str, Any], stream: Any) -> bool:
    return False


async def admit_none_asynchronously(scope: dict[str, Any], stream: Any) -> bool:
    return False


def raise_a_secret(scope: dict[str, Any], stream: Any) -> bool:
    raise RuntimeError("a secret")


@pytest.mark.parametrize(
    ("authorize", "status"),
    [
        (None, 404),
        (admit_none, 404),
        (admit_none_asynchronously, 404),
        (admit_all, 200),
        (admit_all_asynchronously, 200),
        (raise_a_secret, 500),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
@pytest.mark.parametrize("route", ["events", "status", "cancel"])
async def test_the_setting_admits_readers(
    settings: Any, authorize: Callable[..., Any] | None, status: int, route: str
) -> None:
    if authorize is not None:
        settings.SSE_PIPELINE = {"AUTHORIZE": f"{__name__}.{authorize.__name__}"}
    handler = SSEHandler(owner="somebody")
    await handler.amark_complete()
    method = "POST" if route == "cancel" else "GET"
    reply = await request(method, path_of(route, handler.stream_id))
    assert reply.status == (202 if (status, route) == (200, "cancel") else status)
    assert COMMON.items() <= reply.headers.items()
    assert b"secret" not in reply.body


PASSWORD = "correct horse"


class Visitor:
    """A browser: Django's client for the site's pages, and its cookies for the streams."""

    def __init__(self) -> None:
        self.client = Client()

    def visit(self) -> None:
        """Have a session, as a cart or a language would bring one."""
        session = self.client.session
        session["visited"] = True
        session.save()
        self.client.cookies["sessionid"] = str(session.session_key)

    def log_in(self, name: str) -> None:
        credentials = {"username": name, "password": PASSWORD, "next": "/"}
        assert self.client.post("/admin/login/", credentials).status_code == 302

    def log_out(self) -> None:
        assert self.client.post("/admin/logout/").status_code == 200

    def send(self, method: str, path: str, body: bytes = b"") -> Reply:
        cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}
        cookies["csrftoken"] = TOKEN
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {"cookie": cookie, "x_csrftoken": TOKEN, "content_type": JSON}
        return async_to_sync(request)(method, path, body, **headers)

    def ask(self) -> str:
        reply = self.send("POST", "/answers/", json.dumps(HELLO).encode())
        assert reply.status == 201
        return str(reply.json["stream"])

    def reads(self, stream_id: str) -> bool:
        """Tell whether the stream can be read, and so cancelled."""
        statuses = [
            self.send("GET", path_of("events", stream_id)).status,
            self.send("GET", path_of("status", stream_id)).status,
            self.send("POST", path_of("cancel", stream_id)).status,
        ]
        assert statuses in ([200, 200, 202], [404, 404, 404])
        return statuses[0] == 200


@pytest.fixture
def users(db: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("ann", "bob"):
        User.objects.create_superuser(name, password=PASSWORD)


@pytest.mark.usefixtures("users")
def test_a_users_stream_is_the_users() -> None:
    ann, elsewhere, bob, nobody = Visitor(), Visitor(), Visitor(), Visitor()
    for visitor, name in ((ann, "ann"), (elsewhere, "ann"), (bob, "bob")):
        visitor.log_in(name)
    stream_id = ann.ask()
    assert ann.reads(stream_id)
    assert elsewhere.reads(stream_id)
    assert not bob.reads(stream_id)
    assert not nobody.reads(stream_id)
    ann.log_out()
    assert not ann.reads(stream_id)
    assert elsewhere.reads(stream_id)


@pytest.mark.usefixtures("users")
def test_a_sessions_stream_is_the_sessions_until_it_ends() -> None:
    visitor, other, nobody = Visitor(), Visitor(), Visitor()
    visitor.visit()
    other.visit()
    stream_id = visitor.ask()
    assert visitor.reads(stream_id)
    assert not other.reads(stream_id)
    assert not nobody.reads(stream_id)
    key = visitor.client.cookies["sessionid"].value
    visitor.log_in("ann")
    assert visitor.client.cookies["sessionid"].value != key
    assert visitor.reads(stream_id)
    visitor.log_out()
    assert not visitor.reads(stream_id)
    visitor.client.cookies["sessionid"] = key
    assert not visitor.reads(stream_id)


@pytest.mark.usefixtures("users")
def test_another_who_logs_in_does_not_inherit() -> None:
    visitor = Visitor()
    visitor.visit()
    visitor.log_in("ann")
    stream_id = visitor.ask()
    assert visitor.reads(stream_id)
    visitor.log_in("bob")
    assert not visitor.reads(stream_id)


@pytest.mark.django_db
def test_a_stream_of_nobody_is_read_by_its_id() -> None:
    stream_id = Visitor().ask()
    assert SSEHandler.attach(stream_id).snapshot().owner is None
    visitor = Visitor()
    visitor.visit()
    assert visitor.reads(stream_id)


@pytest.mark.django_db
def test_an_owner_is_kept_as_no_key() -> None:
    visitor = Visitor()
    visitor.visit()
    owner = SSEHandler.attach(visitor.ask()).snapshot().owner
    session = visitor.client.session
    assert owner is not None
    assert owner.startswith("session:")
    assert str(session.session_key) not in owner
    assert not any(str(value) in owner for _, value in session.items() if value is not True)
