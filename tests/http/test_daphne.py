import asyncio
from functools import partial
from typing import Any

import pytest

from sse_pipeline.http.abort import AbortMiddleware, abort
from sse_pipeline.http.servers import daphne
from sse_pipeline.http.servers.daphne import DaphneResponse


class Request:
    """A `twisted.web.http.Request`, as far as it is used."""

    def __init__(self, channel: Any = "a channel") -> None:
        self.channel = channel
        self.producer: Any = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # noqa: N802
        assert streaming
        assert self.producer is None
        self.producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802
        self.producer = None


START = {"type": "http.response.start", "status": 200}
PART = {"type": "http.response.body", "body": b"part", "more_body": True}
END = {"type": "http.response.body", "body": b""}


def responding(**options: float) -> tuple[DaphneResponse, list[Any]]:
    """Return a response, and the messages that it sends to Daphne."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    return DaphneResponse(Request(), send, **options), sent


@pytest.fixture
def sent() -> list[Any]:
    return []


@pytest.fixture
def request_and_send(sent: list[Any]) -> tuple[Request, DaphneResponse]:
    async def send(message: Any) -> None:
        sent.append(message)

    request = Request()
    return request, DaphneResponse(request, send)


async def test_a_send_waits_while_the_request_is_paused(
    request_and_send: tuple[Request, DaphneResponse], sent: list[Any]
) -> None:
    request, send = request_and_send
    await send(START)
    await send(PART)
    request.producer.pauseProducing()
    sending = asyncio.create_task(send(PART))
    await asyncio.sleep(0)  # the task sends, and waits
    assert sent == [START, PART, PART]
    assert not sending.done()
    request.producer.resumeProducing()
    await asyncio.wait_for(sending, 30)


async def test_a_send_does_not_wait_for_a_connection_that_is_lost(
    request_and_send: tuple[Request, DaphneResponse],
) -> None:
    request, send = request_and_send
    await send(START)
    request.producer.pauseProducing()
    sending = asyncio.create_task(send(PART))
    await asyncio.sleep(0)  # the task sends, and waits
    request.producer.stopProducing()
    await asyncio.wait_for(sending, 30)
    request.channel = None
    await send(END)


async def test_the_last_send_does_not_wait(
    request_and_send: tuple[Request, DaphneResponse],
) -> None:
    request, send = request_and_send
    await send(START)
    request.producer.pauseProducing()
    await asyncio.wait_for(send(END), 30)
    assert request.producer is None


async def test_a_request_that_is_lost_before_it_is_answered(sent: list[Any]) -> None:
    async def send(message: Any) -> None:
        sent.append(message)

    request = Request(channel=None)
    for message in (START, PART, END):
        await DaphneResponse(request, send)(message)
    assert request.producer is None
    assert sent == [START, PART, END]


@pytest.mark.parametrize(("http_version", "dropped"), [("1.1", 1), ("2", 0)])
async def test_a_connection_is_dropped_if_it_carries_no_other(
    http_version: str, dropped: int
) -> None:
    class Transport:
        aborted = 0

        def abortConnection(self) -> None:  # noqa: N802
            self.aborted += 1

    class Channel:
        transport = Transport()

    request = Request(Channel())

    async def handle_reply(request: Request, message: Any) -> None:
        pass

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        abort(scope)
        request.channel = None
        abort(scope)

    scope = {"type": "http", "http_version": http_version}
    await AbortMiddleware(inner)(scope, None, partial(handle_reply, request))
    assert Channel.transport.aborted == dropped


async def test_an_application_that_raises_before_it_answers(
    request_and_send: tuple[Request, DaphneResponse], sent: list[Any]
) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError):
        await request_and_send[1].serve(fail, {"path": "/"}, None)
    assert not sent


async def test_an_application_that_raises_in_mid_body(
    request_and_send: tuple[Request, DaphneResponse], sent: list[Any], caplog: Any
) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(PART)
        raise ArithmeticError("no")

    request, reply = request_and_send
    await reply.serve(fail, {"path": "/"}, None)
    assert sent == [START, PART, daphne.END]
    assert request.producer is None
    assert "broke off" in caplog.text


async def test_an_application_that_returns_in_mid_body(
    request_and_send: tuple[Request, DaphneResponse], sent: list[Any]
) -> None:
    async def give_up(scope: Any, receive: Any, send: Any) -> None:
        await send(START)

    await request_and_send[1].serve(give_up, {"path": "/"}, None)
    assert sent == [START, daphne.END]


@pytest.mark.parametrize("ends", [True, False])
async def test_an_application_that_is_cancelled_but_for_its_body(ends: bool) -> None:
    response, sent = responding(goodbye=5 if ends else 0.01)
    cancelled = asyncio.Event()

    async def body(send: Any) -> None:
        await send(START)
        await cancelled.wait()
        if ends:
            await send(PART)
            await send(END)

    tasks = []

    async def like_django(scope: Any, receive: Any, send: Any) -> None:
        tasks.append(asyncio.create_task(body(send)))
        await asyncio.wait(tasks)

    replying = asyncio.create_task(response.serve(like_django, {"path": "/"}, None))
    while not sent:
        await asyncio.sleep(0)  # until the task of the body has begun
    replying.cancel()
    cancelled.set()
    await asyncio.wait_for(replying, 30)
    assert sent == ([START, PART, END] if ends else [START, daphne.END])
    await asyncio.wait(tasks)


async def test_an_application_that_is_cancelled_after_its_client_has_left(
    request_and_send: tuple[Request, DaphneResponse],
) -> None:
    request, reply = request_and_send
    started = asyncio.Event()

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        started.set()
        await asyncio.Event().wait()

    replying = asyncio.create_task(reply.serve(wait, {"path": "/"}, None))
    await started.wait()
    request.channel = None
    replying.cancel()
    await asyncio.wait_for(replying, 0.5)
