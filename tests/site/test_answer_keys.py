"""The same answer for the same key of the same client."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client

from harness.site_client import HELLO, TOKEN, Reply, check_refusal, post, streaming
from sse_pipeline import SSEHandler, stores

pytestmark = pytest.mark.usefixtures("database_of_loop")

VISITOR = f"csrftoken={TOKEN}"
OTHER = f"csrftoken={'b' * 32}"


async def ask(key: str, document: Any = HELLO, cookie: str = VISITOR) -> Reply:
    return await post(document, idempotency_key=key, cookie=cookie)


async def test_a_key_gives_the_same_stream_again() -> None:
    first, second = [await ask("one") for _ in range(2)]
    assert (first.status, first.json) == (second.status, second.json) == (201, first.json)
    other = await ask("two")
    assert other.json["stream"] != first.json["stream"]
    async with streaming(HELLO, **{"Idempotency-Key": "one", "Cookie": VISITOR}) as client:
        events = await client.events()
    assert events[0].json()["stream"] == first.json["stream"]


async def test_a_key_gives_the_same_stream_to_requests_at_once() -> None:
    replies = await asyncio.gather(*(ask("race") for _ in range(8)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.json["stream"] for reply in replies}) == 1
    handler = SSEHandler.attach(replies[0].json["stream"])
    await asyncio.wait_for(handler.ended(), 30)
    assert handler.snapshot().state == "complete"
    assert stores.current().open_streams() == []


async def test_a_key_is_not_good_for_another_question() -> None:
    reply = await ask("once")
    await SSEHandler.attach(reply.json["stream"]).ended()
    check_refusal(await ask("once", {**HELLO, "text": "Good bye."}), 422, "Idempotency-Key")


async def test_a_key_outlives_its_stream() -> None:
    first = await ask("again")
    stores.reset()
    second = await ask("again")
    assert second.status == 201
    assert second.json["stream"] != first.json["stream"]


# Whose key it is


async def test_clients_have_no_keys_in_common() -> None:
    mine, other = await ask("one"), await ask("one", cookie=OTHER)
    assert mine.json["stream"] != other.json["stream"]
    # Neither may the question of another client refuse one's own.
    assert (
        await ask("one", {**HELLO, "text": "Good bye."}, cookie=f"csrftoken={'c' * 32}")
    ).status == 201


@pytest.mark.parametrize("cookie", ["", "csrftoken=", "csrftoken=short", f"csrftoken={'a' * 31}é"])
async def test_strangers_without_a_cookie_have_no_keys(cookie: str) -> None:
    reply = await ask("one", cookie=cookie)
    check_refusal(reply, 400, "Idempotency-Key")
    assert stores.current().open_streams() == []


def test_a_key_belongs_to_the_user(db: None) -> None:
    clients = [Client(), Client()]
    for name, client in zip(("ann", "ben"), clients, strict=True):
        client.force_login(User.objects.create_user(name))
    cookies = [f"sessionid={client.cookies['sessionid'].value}; {VISITOR}" for client in clients]
    replies = [
        async_to_sync(post)(HELLO, idempotency_key="one", cookie=cookie, x_csrftoken=TOKEN)
        for cookie in (*cookies, cookies[0])
    ]
    assert [reply.status for reply in replies] == [201, 201, 201]
    ann, ben, again = (reply.json["stream"] for reply in replies)
    assert ann == again != ben
