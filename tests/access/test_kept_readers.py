"""Readers that stay: a right that holds, and a question that fails, hangs or is not asked."""

import asyncio
import threading
from contextlib import aclosing

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import AsyncRequestFactory

from harness.threads import occupied_database_thread
from sse_pipeline import SSEHandler
from sse_pipeline.testing import SSECommunicator
from tests.access import revocations
from tests.access.revocations import (
    PATIENCE,
    ROUTES,
    Configure,
    client_of,
    no_more,
    opened,
    settings_for,
)  # fmt: skip


async def check_stays(client: SSECommunicator, handler: SSEHandler, times: int = 3) -> None:
    """Check that a reader gets the end of its stream, though it was asked about some times."""
    async with asyncio.timeout(PATIENCE), client:
        while len(revocations.asked) <= times:
            assert await client.next_chunk() is not None
            assert not client.ended
        await handler.amark_component_complete("text")
        assert [event.event for event in await client.events()][-1] == "complete"


@pytest.mark.usefixtures("database_of_loop")
@pytest.mark.parametrize("route", ROUTES)
async def test_a_reader_with_its_right_stays(configure: Configure, route: str) -> None:
    reader = no_more()
    configure(**settings_for(reader))
    handler = await opened(reader.owner)
    await check_stays(client_of(handler, {}, route), handler)


@pytest.mark.usefixtures("database_of_loop")
@pytest.mark.parametrize("route", ROUTES)
async def test_a_question_that_fails_keeps_the_reader_and_is_logged_once(
    configure: Configure, caplog: pytest.LogCaptureFixture, route: str
) -> None:
    reader = no_more()
    revocations.answers[:] = [True, ZeroDivisionError("away")]
    configure(**settings_for(reader))
    handler = await opened(reader.owner)
    await check_stays(client_of(handler, {}, route), handler)
    said = [each for each in caplog.records if "can't be asked for" in each.getMessage()]
    assert len(said) == 1
    assert said[0].levelname == "WARNING"


@pytest.mark.usefixtures("database_of_loop")
async def test_a_question_that_hangs_harms_its_reader_alone(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = threading.Event()
    reader = no_more()
    configure(**settings_for(reader), RECHECK_TIMEOUT=0.05)
    handler, other = await opened(reader.owner), await opened(reader.owner)
    try:
        async with (
            asyncio.timeout(PATIENCE),
            client_of(handler, {}, "consumer") as client,
            client_of(other, {}, "consumer") as second,
        ):
            revocations.hanging[handler.stream_id] = hanging
            while "can't be asked for" not in caplog.text:
                await client.next_chunk()
            reader.revoke()
            await second.events()
            assert second.ended
            await handler.amark_component_complete("text")
            assert [event.event for event in await client.events()][-1] == "complete"
    finally:
        revocations.hanging.clear()
        hanging.set()


@pytest.mark.usefixtures("database_of_loop")
async def test_a_question_needs_no_thread_of_new_requests(configure: Configure) -> None:
    reader = no_more()
    configure(**settings_for(reader))
    async with asyncio.timeout(PATIENCE):
        async with client_of(await opened(reader.owner), {}, "consumer") as client:
            async with occupied_database_thread():
                reader.revoke()
                await client.events()
            assert client.ended


@pytest.mark.usefixtures("database_of_loop")
@pytest.mark.parametrize("route", ROUTES)
async def test_nobody_asks_with_none(configure: Configure, route: str) -> None:
    reader = no_more()
    configure(**settings_for(reader), RECHECK=None)
    async with asyncio.timeout(PATIENCE), client_of(await opened("user:9"), {}, route) as client:
        reader.revoke()
        pings = 0
        while pings < 5:
            pings += (await client.next_chunk()).count(b"event: ping") or 1
        assert not client.ended
        assert len(revocations.asked) == 1


async def test_nobody_asks_about_a_stream_without_an_owner(configure: Configure) -> None:
    reader = no_more()
    configure(**settings_for(reader))
    handler = await opened(None)
    async with asyncio.timeout(PATIENCE), client_of(handler, {}, "consumer") as client:
        for _ in range(5):
            await client.next_chunk()
        assert not client.ended
    assert not revocations.asked


async def test_a_reader_whom_an_endpoint_admits_by_its_own_rule_stays(
    configure: Configure, async_rf: AsyncRequestFactory
) -> None:
    handler = await opened("user:9")
    request = async_rf.get("/")
    request.user = AnonymousUser()
    reply = await handler.areply(request)
    assert reply.reader is not None
    async with asyncio.timeout(PATIENCE), aclosing(aiter(reply.reader)) as chunks:
        for _ in range(5):
            await anext(chunks)
