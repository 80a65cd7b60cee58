"""Sites without sessions or without users, and sites whose users are their own."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from harness.commands import printed_by
from harness.django_requests import asked
from sse_pipeline import SSEHandler, checks
from sse_pipeline.access import origins, owners, staff, users
from sse_pipeline.inspection import interventions

pytestmark = pytest.mark.processes

NO_SESSION = {  # the cookie names nothing there, so that it needs no CSRF token either
    "owned, stray": [404, 404, 404, 403],
    "owned, bearer": [404, 404, 404, 403],
    "free, stray": [200, 200, 202, 403],
    "free, bearer": [200, 200, 202, 403],
}
NO_TOKEN = {"owned, stray": [404, 404, 403, 403], "free, stray": [200, 200, 403, 403]}


@pytest.mark.parametrize(
    ("site", "answers", "problems"),
    [
        ("neither", NO_SESSION, []),
        ("tokens in sessions", NO_SESSION, []),
        ("no sessions", NO_SESSION, []),
        ("no users", {**NO_SESSION, **NO_TOKEN}, []),
        ("no engine", NO_SESSION, ["sse_pipeline.E002"]),
        ("an engine without its table", NO_SESSION, []),
    ],
)
def test_a_stray_cookie_is_nobody(
    site: str, answers: dict[str, list[int]], problems: list[str]
) -> None:
    found = json.loads(printed_by("harness.bare_site", site))
    assert found == {"answers": answers, "problems": problems}


def test_members_of_another_model_have_their_rights() -> None:
    assert json.loads(printed_by("harness.members")) == {
        "owner": True,
        "session": [200, 404],
        "token": [200, 200, 404],
        "cancel": 202,
        "audit": [True, True],
        "admin": [200, 200, 200],
    }


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        ("nowhere.sessions", "No module named 'nowhere'"),
        ("django.contrib.sessions", "has no attribute 'SessionStore'"),
        ("", "Empty module name"),
        (None, "'NoneType'"),
    ],
)
def test_an_engine_that_is_none_is_named(settings: Any, engine: str | None, why: str) -> None:
    settings.SESSION_ENGINE = engine
    (error,) = checks.check_sessions()
    assert error.msg.startswith(f"SESSION_ENGINE = {engine!r}: ")
    assert why in error.msg
    request = asked("s" * 32)
    assert owners.is_stranger(request)
    assert owners.identities(request) == frozenset()
    assert owners.opener_of(request) is None


def test_a_request_without_session_can_hold_no_token_there(settings: Any) -> None:
    settings.SESSION_ENGINE = "nowhere.sessions"
    settings.CSRF_USE_SESSIONS = True
    request = RequestFactory().post("/")
    request.COOKIES["sessionid"] = "s" * 32
    assert origins.csrf_passed(request)
    request.user = SimpleNamespace(is_authenticated=True, pk=7)  # type: ignore[assignment]
    assert not origins.csrf_passed(request)


# Users of a middleware of the site's own


@pytest.mark.parametrize(
    "user", [{"id": 7}, SimpleNamespace(id=7), SimpleNamespace(is_authenticated=True, pk=None)]
)
def test_a_user_without_a_key_is_no_owner_and_never_everybody(user: Any) -> None:
    with pytest.raises(TypeError, match=r"^owner: .*give a string$"):
        owners.owner_of(asked(user=user))
    assert owners.identities(asked(user=user)) == frozenset()
    assert not staff.may(user, staff.VIEW)


def test_a_session_of_another_kind_is_an_owner_too() -> None:
    scope: dict[str, Any] = {"type": "http", "session": {}}
    owner = owners.owner_of(scope)
    assert owner is not None
    assert owners.owner_of(scope) == owner
    assert owner in owners.identities(asked(session=scope["session"]))
    assert owners.opener_of(asked(session={})) is None  # nobody would save what is added here


@pytest.mark.usefixtures("installed_alone")
def test_a_command_without_users_says_so(settings: Any) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.SharedMemoryStore"}
    with pytest.raises(CommandError, match=r"^--user: .*django\.contrib\.auth is not installed"):
        call_command("sse_cancel", "0" * 32, url="http://127.0.0.1", user="ann", reason="why")
    assert users.named("ann") is None
    assert users.with_key("7") is None


@pytest.mark.django_db
def test_an_action_is_written_whatever_names_the_user() -> None:
    from sse_pipeline.models import Intervention

    user = SimpleNamespace(get_username=lambda: 7)
    handler = SSEHandler(components=["a"])
    handler.open()
    interventions.cancel(handler.stream_id, user, "why", via="shell")
    assert Intervention.objects.get().username == "7"
