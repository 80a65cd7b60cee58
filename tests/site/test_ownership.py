"""The owner of an answer, by requests of visitors who log in and out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client

from harness.site_client import COMMON, HELLO, JSON, TOKEN, Reply, path_of, request
from sse_pipeline import SSEHandler

# Owners


def admit_all(scope: dict[str, Any], stream: Any, action: str) -> bool:
    return (scope["type"], stream.owner) == ("http", "somebody")


async def admit_all_asynchronously(scope: dict[str, Any], stream: Any, action: str) -> bool:
    return admit_all(scope, stream, action)


def admit_none(scope: dict[str, Any], stream: Any, action: str) -> bool:
    return False


async def admit_none_asynchronously(scope: dict[str, Any], stream: Any, action: str) -> bool:
    return False


def raise_a_secret(scope: dict[str, Any], stream: Any, action: str) -> bool:
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
def users(db: None) -> None:
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
