"""Rights that are taken away while a stream is read: the reader is let go within a heartbeat."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import Client

from harness.site_client import path_of
from project.asgi import application
from sse_pipeline import SSEHandler
from sse_pipeline.access import staff
from sse_pipeline.access.actions import StreamAction
from sse_pipeline.testing import SSECommunicator
from tests.access import revocations
from tests.access.revocations import (
    HEARTBEAT,
    PATIENCE,
    REVOCATIONS,
    ROUTES,
    Configure,
    Reader,
    client_of,
    no_more,
    no_more_later,
    opened,
    settings_for,
)  # fmt: skip


async def check_let_go(client: SSECommunicator, revoke: Callable[[], Any]) -> None:
    """Check that a reader is let go: the body ends cleanly, without a terminal frame."""
    async with asyncio.timeout(PATIENCE), client:
        assert client.status == 200
        first = await client.next()
        assert first is not None
        assert first.event == "stream"
        await sync_to_async(revoke)()
        assert {event.event for event in await client.events()} <= {"component", "ping"}
        assert client.ended
        assert await client.reconnect() == 404


# The right is gone


@pytest.mark.usefixtures("database_of_loop")
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("revocation", REVOCATIONS)
async def test_a_reader_without_its_right_is_let_go(
    configure: Configure, store: dict[str, str], revocation: Callable[[], Reader], route: str
) -> None:
    reader = await sync_to_async(revocation)()
    configure(**store, **settings_for(reader))
    client = client_of(await opened(reader.owner), reader.headers, route)
    await check_let_go(client, reader.revoke)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("revocation", [each for each in REVOCATIONS if "token" not in str(each)])
def test_a_reader_under_wsgi_is_let_go(
    configure: Configure, store: dict[str, str], revocation: Callable[[], Reader]
) -> None:
    reader = revocation()
    configure(**store, **settings_for(reader))
    handler = SSEHandler(owner=reader.owner, components=["text"])
    handler.open()
    client = Client(headers={"cookie": reader.headers.get("cookie", "")})
    response = client.get(f"/synchronous/{handler.stream_id}/")
    chunks = iter(response)
    next(chunks)
    reader.revoke()
    assert b"complete" not in b"".join(islice(chunks, PATIENCE * 50))
    assert next(chunks, None) is None
    assert client.get(f"/synchronous/{handler.stream_id}/").status_code == 404


@pytest.mark.usefixtures("database_of_loop")
async def test_an_asynchronous_authorize_lets_go(configure: Configure) -> None:
    reader = no_more_later()
    for route in ("consumer", "asynchronous"):
        reader = no_more_later()
        configure(**settings_for(reader))
        await check_let_go(client_of(await opened(reader.owner), {}, route), reader.revoke)


@pytest.mark.usefixtures("database_of_loop")
async def test_a_reader_that_gets_frames_all_the_time_is_let_go(configure: Configure) -> None:
    reader = no_more()
    configure(**settings_for(reader), HEARTBEAT=30, RECHECK=HEARTBEAT)
    handler = await opened(reader.owner)
    client = client_of(handler, {}, "consumer")
    async with asyncio.timeout(PATIENCE), client:
        reader.revoke()
        while not client.ended:
            handler.send("text", chunk="x")
            await client.next_chunk()


# The staff


def staff_member(*permissions: str) -> User:
    user = User.objects.create(username="ann", is_staff=True)
    grant(user, *permissions)
    return user


def grant(user: User, *permissions: str) -> None:
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))


def cookie_of(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"cookie": f"sessionid={client.cookies['sessionid'].value}"}


@pytest.mark.usefixtures("database_of_loop")
@pytest.mark.parametrize("what", ["expired", "revoked", "deactivated"])
async def test_a_token_is_asked_for_again(configure: Configure, what: str) -> None:
    user = await sync_to_async(staff_member)("view_frames")
    handler = await opened("user:999")
    token = staff.token(user, handler.stream_id, StreamAction.READ)
    headers = {"authorization": f"Bearer {token}"}

    def revoke() -> None:
        if what == "expired":
            revocations.let_time_pass()
        elif what == "revoked":
            grant(user)
        else:
            User.objects.update(is_active=False)

    await check_let_go(client_of(handler, headers, "consumer"), revoke)


@pytest.mark.usefixtures("database_of_loop")
@pytest.mark.parametrize("left", [[], ["view_stream"], None])
async def test_a_page_of_the_staff_is_let_go(configure: Configure, left: list[str] | None) -> None:
    user = await sync_to_async(staff_member)("view_stream", "view_frames")

    def revoke() -> None:
        if left is None:
            User.objects.update(is_active=False)
        else:
            grant(user, *left)

    handler = await opened("user:999")
    headers = {"host": "localhost", **await sync_to_async(cookie_of)(user)}
    wire = [(name.encode(), value.encode()) for name, value in headers.items()]
    client = SSECommunicator(application, path_of("inspect", handler.stream_id), headers=wire)
    async with asyncio.timeout(PATIENCE), client:
        report = await client.next()
        assert report is not None
        assert "components" in report.json()
        await sync_to_async(revoke)()
        async for _ in client:
            pass
        assert client.ended
        # The content goes, the page stays.
        assert await client.reconnect() == (200 if left else 403)
        if left:
            report = await client.next()
            assert report is not None
            assert "components" not in report.json()
