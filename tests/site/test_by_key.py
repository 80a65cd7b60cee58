"""`GET /streams/by-key/<key>/`: the open stream of a key, for its owner."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from harness.site_client import request
from sse_pipeline import SSEHandler

PATH = "/streams/by-key/conversation:7/"


async def test_a_stream_without_an_owner_is_found_while_it_is_open() -> None:
    assert (await request("GET", PATH)).status == 204
    handler, _ = await SSEHandler.aget_or_open("conversation:7", components=["text"])
    reply = await request("GET", PATH)
    assert (reply.status, reply.json["stream"]) == (200, handler.stream_id)
    await handler.amark_component_complete("text")
    assert (await request("GET", PATH)).status == 204
    assert (await request("POST", PATH)).status == 405
    assert (await request("GET", f"/streams/by-key/{'x' * 256}/")).status == 400


def logged_in(name: str) -> tuple[User, str]:
    user, client = User.objects.create(username=name), Client()
    client.force_login(user)
    return user, f"sessionid={client.cookies['sessionid'].value}"


@pytest.mark.usefixtures("database_of_loop")
async def test_only_the_owner_finds_a_stream_with_an_owner() -> None:
    ann, cookie = await sync_to_async(logged_in)("ann")
    _, other = await sync_to_async(logged_in)("bob")
    handler, _ = await SSEHandler.aget_or_open("conversation:7", owner=ann)
    reply = await request("GET", PATH, b"", cookie=cookie)
    assert (reply.status, reply.json["stream"]) == (200, handler.stream_id)
    assert (await request("GET", PATH, b"", cookie=other)).status == 204
    assert (await request("GET", PATH)).status == 204


async def test_a_key_may_have_slashes() -> None:
    handler, _ = await SSEHandler.aget_or_open("chat/7", components=["text"])
    reply = await request("GET", "/streams/by-key/chat/7/")
    assert reply.json["stream"] == handler.stream_id


async def test_a_store_without_keys_says_so(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.KeylessStore"}
    reply = await request("GET", "/streams/by-key/key/")
    assert reply.status == 501
    assert reply.json["field"] == "key"
