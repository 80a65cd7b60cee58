"""The live page: reports for the staff with the permission, over a stream of this library."""

import asyncio
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import path as django_path
from django.utils import timezone

from project.asgi import application
from sse_pipeline import SSEHandler, signals
from sse_pipeline.inspection.watch import InspectConsumer, WatchOptions
from sse_pipeline.journal import rows
from sse_pipeline.journal.backlog import Record
from sse_pipeline.journal.upsert import write
from sse_pipeline.models import Process
from sse_pipeline.testing import Event, SSECommunicator

pytestmark = pytest.mark.usefixtures("database_of_loop")


async def ann(*codenames: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of a member of the staff with these permissions."""
    user = await User.objects.acreate(username="ann", is_staff=True)
    found = [each async for each in Permission.objects.filter(codename__in=codenames)]
    await sync_to_async(user.user_permissions.set)(found)
    client = Client()
    await sync_to_async(client.force_login)(user)
    return [(b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]


async def next_event(client: SSECommunicator) -> Event:
    """Return the next event; there has to be one."""
    event = await client.next()
    assert event is not None
    return event


def path(handler: SSEHandler) -> str:
    return f"/streams/{handler.stream_id}/inspect/"


async def test_it_tells_each_change_to_the_end(settings: Any) -> None:
    settings.SSE_PIPELINE = {"JOURNAL": False}
    headers = await ann("view_stream", "view_frames")
    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="<script>")
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        first = (await next_event(client)).json()
        assert (first["state"], first["frames"]) == ("streaming", 1)
        assert first["waiting_for"].startswith("text: at work")
        assert "&lt;script&gt;" in first["html"]
        assert "<script>" not in first["html"]
        await handler.asend("text", chunk="more")
        while (await next_event(client)).json()["frames"] < 2:
            pass
        later = (await next_event(client)).json()  # though nothing happened
        assert later["frames"] == 2
        await handler.amark_component_complete("text")
        events = await client.events()
        assert events[-1].json()["state"] == "complete"
        last = events[-1].id
    again = SSECommunicator(application, path(handler), headers=headers, last_event_id=last)
    async with again as client:
        assert client.status == 204


async def test_the_content_takes_a_permission_of_its_own(settings: Any) -> None:
    settings.SSE_PIPELINE = {"EXPOSE_ERRORS": True, "JOURNAL": False}
    headers = await ann("view_stream")
    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="for the owner only")
    await handler.afail_component("text", "for the owner only")
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        (event,) = await client.events()
    assert "for the owner only" not in event.data
    assert "sse_pipeline.view_frames" in event.data


async def test_the_last_report_has_what_the_journal_heard_later() -> None:
    headers, records = await ann("view_stream"), list[Record]()

    def listen(*, snapshot: Any, cause: Any, steps: Any, **_: Any) -> None:
        records.append(Record(snapshot, cause, list(steps), time.time()))

    def catch_up() -> None:
        now = timezone.now()
        process = Process.objects.create(host="host", pid=7, started_at=now, seen_at=now)
        write(
            connection, rows.rows_of_records(records, process.id, rows.DatabaseValues(connection))
        )

    signals.stream_changed.connect(listen)
    handler = SSEHandler(components=["text"])
    await handler.asend("text", chunk="hello")
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        assert not (await next_event(client)).json()["final"]
        await handler.amark_component_complete("text")
        signals.stream_changed.disconnect(listen)
        while (event := (await next_event(client)).json())["state"] != "complete":
            pass
        assert not event["final"]
        assert "The journal has not heard yet how it ended." in event["html"]
        await sync_to_async(catch_up)()
        last = (await client.events())[-1].json()
    assert last["final"]
    assert "<td>finish</td>" in last["html"]


class ImpatientConsumer(InspectConsumer):
    watch_options = WatchOptions(journal_timeout=0.1)


async def test_a_journal_that_never_hears_of_the_end_is_not_waited_for() -> None:
    route = django_path("streams/<uuid:stream_id>/inspect/", ImpatientConsumer.as_asgi())
    application = URLRouter([route])
    headers, handler = await ann("view_stream"), SSEHandler(components=["text"])
    await handler.amark_component_complete("text")
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        events = [event.json()["final"] for event in await client.events()]
    assert events == [False, True]


async def test_a_note_takes_the_permission_of_content() -> None:
    headers, handler = await ann("view_stream"), SSEHandler(components=["text"])
    await handler.asend("text", chunk="hello")
    handler.note("text", "reading a letter")
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        event = await next_event(client)
    assert "a letter" not in event.data
    assert event.json()["waiting_for"].startswith("text: at work")


@pytest.mark.parametrize("codenames", [None, (), ("view_frames", "cancel_stream")])
async def test_it_is_for_the_staff_who_may(codenames: Any) -> None:
    headers = [] if codenames is None else await ann(*codenames)
    handler = SSEHandler(components=["text"])
    await handler.asend("text", chunk="hello")
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        assert client.status == 403


async def test_a_stream_that_is_not_here() -> None:
    headers = await ann("view_stream")
    handler = SSEHandler()
    async with SSECommunicator(application, path(handler), headers=headers) as client:
        assert client.status == 404


async def test_a_reader_is_shown_with_how_far_it_is_behind() -> None:
    headers = await ann("view_stream")
    handler = SSEHandler(components=["text"])
    await handler.asend("text", chunk="hello")
    events = f"/streams/{handler.stream_id}/events/"
    async with SSECommunicator(application, events) as reader:
        await reader.next()
        async with SSECommunicator(application, path(handler), headers=headers) as client:
            event = await next_event(client)
            while "3 of 3" not in event.data:
                event = await asyncio.wait_for(next_event(client), 10)
