"""`POST /streams/<uuid>/stop/`, as a client sees it."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from harness.site_client import TOKEN, path_of, request
from sse_pipeline import SSEHandler
from sse_pipeline.models import Intervention


async def test_a_stop_is_idempotent_and_reaches_the_producers() -> None:
    handler = SSEHandler(components=["text"])
    await handler.aopen()
    path = path_of("stop", handler.stream_id)
    for taken in (True, False):
        reply = await request("POST", f"{path}?heard_ms=850&heard_offset=12")
        document = {"stream": handler.stream_id, "state": "draining", "taken": taken}
        assert (reply.status, reply.json) == (202, document)
        assert handler.cancelled
    status = (await request("GET", path_of("status", handler.stream_id))).json
    assert status["stopped"] == {"by": "id", "heard_ms": 850, "heard_offset": 12}
    await handler.amark_component_complete("text")
    assert (await request("POST", path)).json["state"] == "complete"


@pytest.mark.parametrize("place", ["heard_ms=-1", "heard_offset=x", "heard_ms=9007199254740992"])
async def test_a_place_that_is_none_is_refused(place: str) -> None:
    handler = SSEHandler(components=["text"])
    await handler.aopen()
    reply = await request("POST", f"{path_of('stop', handler.stream_id)}?{place}")
    assert (reply.status, reply.json["field"]) == (400, place.partition("=")[0])
    assert not handler.cancelled


async def test_a_stranger_stops_nothing() -> None:
    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.aopen()
    assert (await request("POST", path_of("stop", handler.stream_id))).status == 404
    assert not handler.cancelled


def logged_in() -> tuple[User, dict[str, str]]:
    user, client = User.objects.create(username="ann"), Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    return user, {"cookie": f"sessionid={session}; csrftoken={TOKEN}", "x_csrftoken": TOKEN}


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_stop_by_the_owner_is_written_down_and_readers_see_no_name() -> None:
    user, headers = await sync_to_async(logged_in)()
    handler = SSEHandler(owner=user, components=["text"])
    await handler.aopen()
    path = f"{path_of('stop', handler.stream_id)}?reason=enough"
    for _ in range(2):
        assert (await request("POST", path, b"", **headers)).status == 202
    row = await Intervention.objects.aget()  # the second one changed nothing
    assert (row.username, row.action, row.reason, row.via) == ("ann", "stop", "enough", "owner")
    await handler.amark_component_complete("text")
    frames = [frame async for frame in handler]
    assert b'"stopped":true,"stopped_by":"owner"' in frames[-1]
    assert b"ann" not in b"".join(frames)
