"""The way from the page into the admin: with an account that has no password, on this machine."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from harness.admin import LIST, page_of
from project import accounts
from sse_pipeline import SSEHandler
from sse_pipeline.access.owners import owner_of

pytestmark = pytest.mark.django_db


def test_the_page_enters_the_admin(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert "See the streams in the admin" in client.get("/").content.decode()
    for _ in range(2):  # the account is made once
        assert client.post("/enter-admin/").headers["Location"] == LIST
    user = User.objects.get()
    assert (user.username, user.is_superuser) == (accounts.NAME, False)
    assert not user.has_usable_password()
    handler = SSEHandler(components=["text"])
    handler.open()
    page = client.get(page_of(handler)).content.decode()
    for action in ("cancel", "stop", "settle"):
        assert f"/{handler.stream_id}/{action}/" in page


def test_a_visitor_keeps_the_streams_of_before(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    session = client.session
    session.save()
    owner = owner_of({"session": session})
    session.save()
    handler = SSEHandler(owner=owner, components=["text"])
    handler.open()
    client.post("/enter-admin/")
    assert owner == owner_of({"session": client.session})


def test_a_member_of_the_staff_stays_who_it_is(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    client.force_login(User.objects.create_user("ann", is_staff=True))
    assert client.post("/enter-admin/").status_code == 302
    assert [each.username for each in User.objects.all()] == ["ann"]


def test_there_is_no_such_way_without_debug(client: Client, settings: Settings) -> None:
    settings.DEBUG = False
    assert client.post("/enter-admin/").status_code == 404
    assert not User.objects.exists()
    assert f'href="{LIST}"' in client.get("/").content.decode()
