"""The owner of a stream, by every way in which a site can name a sender."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import cache, db, signed_cookies
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import SynchronousOnlyOperation
from django.test import AsyncRequestFactory
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from harness.django_requests import ANN, NOBODY, asked, session_with
from sse_pipeline import SSEHandler
from sse_pipeline.access import owners


@pytest.fixture
def cached_sessions(settings: Any) -> None:
    """Keep sessions in the cache: what asks the database fails."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"


# An owner


@pytest.mark.parametrize(
    ("source", "owner"),
    [
        (None, None),
        ("tenant:3", "tenant:3"),
        (ANN, "user:7"),
        (NOBODY, None),
        ({"type": "http"}, None),
        ({"type": "http", "user": ANN}, "user:7"),
        ({"type": "http", "user": NOBODY, "session": None}, None),
        (asked(), None),
        (asked(user=ANN), "user:7"),
        (asked(user=NOBODY), None),
        (SimpleNamespace(user=ANN), "user:7"),
    ],
)
def test_an_owner(source: Any, owner: str | None) -> None:
    assert owners.owner_of(source) == owner


@pytest.mark.parametrize("source", [7, 7.5, object(), ["user:7"], b"user:7", True])
def test_what_is_no_owner_is_refused(source: object) -> None:
    with pytest.raises(TypeError, match="^owner: "):
        owners.owner_of(source)
    with pytest.raises(TypeError, match="^owner: "):
        SSEHandler(owner=source)


@pytest.mark.parametrize("wrap", [lambda session: {"session": session}, lambda s: asked(session=s)])
def test_a_session_is_its_own_owner(wrap: Callable[[SessionBase], Any]) -> None:
    session, other = cache.SessionStore(), cache.SessionStore()
    owner = owners.owner_of(wrap(session))
    assert owner is not None
    assert owner.startswith("session:")
    assert owner == owners.owner_of(wrap(session))
    assert owner != owners.owner_of(wrap(other))
    assert not any(value in owner for value in session.values())


def test_a_user_comes_before_the_session() -> None:
    session = cache.SessionStore()
    assert owners.owner_of(asked(user=ANN, session=session)) == "user:7"
    assert session.is_empty()


def test_who_is_kept_is_known_by_both() -> None:
    session = cache.SessionStore()
    owner = owners.owner_of({"session": session})
    assert owners.identities(asked(user=ANN, session=session)) > {"user:7", owner}
    assert owners.identities(asked(user=ANN, session=cache.SessionStore())) == {"user:7"}


def owner_by(algorithm: str, secret: str) -> str:
    digest = salted_hmac("sse_pipeline.owner", secret, algorithm=algorithm).hexdigest()
    return f"session:{digest}"


def test_a_session_keeps_the_streams_of_an_older_release() -> None:
    session = {"_sse_pipeline": "kept"}
    assert owners.owner_of({"session": session}) == owner_by("sha256", "kept")
    known = owners.identities(asked(session=session))
    assert known == {owner_by("sha256", "kept"), owner_by("sha1", "kept")}


def test_processes_of_two_releases_make_the_same_secret_of_a_session() -> None:
    session = session_with(visited=True)
    owners.owner_of({"session": session})
    key = str(session.session_key)
    secret = salted_hmac("sse_pipeline.secret", key, algorithm="sha1").hexdigest()
    assert session["_sse_pipeline"] == secret


def test_a_session_keeps_its_streams_when_the_secret_key_is_replaced(settings: Any) -> None:
    session: dict[str, str] = {}
    owner = owners.owner_of({"session": session})
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert owners.owner_of({"session": session}) != owner
    assert owner in owners.identities(asked(session=session))
    settings.SECRET_KEY_FALLBACKS = []
    assert owner not in owners.identities(asked(session=session))


# The opener of a stream, without middleware


def test_a_stranger_opens_a_stream_of_nobodys() -> None:
    assert owners.opener_of(asked()) is None


@pytest.mark.usefixtures("cached_sessions")
def test_a_session_that_is_none_opens_a_stream_of_nobodys() -> None:
    request = asked("stale")
    assert owners.opener_of(request) is None
    assert request.session.session_key is None


@pytest.mark.usefixtures("cached_sessions")
def test_the_secret_of_a_session_is_kept() -> None:
    key = session_with(visited=True).session_key
    opened = [owners.opener_of(asked(key)) for _ in range(2)]
    assert opened[0] is not None
    assert opened[0] == opened[1]
    assert opened[0] in owners.identities(asked(key))
    assert cache.SessionStore(key)["visited"]


@pytest.mark.usefixtures("cached_sessions")
def test_requests_that_race_open_streams_of_one_owner() -> None:
    key = session_with(visited=True).session_key
    first, second = asked(key), asked(key)
    for request in (first, second):
        owners.identities(request)  # both have loaded the session before either saves it
    assert owners.opener_of(first) == owners.opener_of(second)


@pytest.mark.usefixtures("cached_sessions")
def test_the_secret_survives_a_new_key() -> None:
    session = session_with(visited=True)
    owner = owners.opener_of(asked(session.session_key))
    session = cache.SessionStore(session.session_key)
    session.cycle_key()
    assert owner in owners.identities(asked(session.session_key))
    assert owners.opener_of(asked(session.session_key)) == owner
    session.flush()
    assert owners.identities(asked(session.session_key)) == frozenset()


@pytest.mark.django_db
def test_a_session_that_ends_meanwhile_opens_a_stream_of_nobodys() -> None:
    session = db.SessionStore()
    session["visited"] = True
    session.save()
    request = asked(session.session_key)
    owners.identities(request)
    session.delete()
    assert owners.opener_of(request) is None


def test_a_session_in_a_cookie_can_not_be_given_a_secret_here(settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    session = signed_cookies.SessionStore()
    session["visited"] = True
    session.save()
    assert owners.opener_of(asked(session.session_key)) is None
    owner = owners.owner_of({"session": session})
    session.save()
    assert owners.opener_of(asked(session.session_key)) == owner


@pytest.mark.django_db
def test_a_user_is_known_by_the_cookie() -> None:
    user = get_user_model().objects.create_user("ann")
    backend = "django.contrib.auth.backends.ModelBackend"
    session = db.SessionStore()
    session.update({
        SESSION_KEY: str(user.pk),
        "_auth_user_backend": backend,
        "_auth_user_hash": user.get_session_auth_hash(),
    })  # fmt: skip
    session.save()
    assert owners.opener_of(asked(session.session_key)) == f"user:{user.pk}"
    user.set_password("changed")
    user.save()
    assert owners.opener_of(asked(session.session_key)) is None


@pytest.mark.usefixtures("installed_alone")
def test_a_site_without_users_has_sessions(settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    key = session_with(visited=True).session_key
    assert owners.opener_of(asked()) is None
    assert owners.identities(asked(key)) == frozenset()


@pytest.mark.parametrize("parts", [{"user": ANN}, {"user": ANN, "session": None}])
async def test_the_middleware_of_a_scope_is_heard(parts: dict[str, Any]) -> None:
    request = AsyncRequestFactory().get("/")
    request.scope = {**request.scope, **parts}
    assert await owners.aopener_of(request) == "user:7"
    assert owners.identities(request) == {"user:7"}


@pytest.mark.django_db(transaction=True)
async def test_a_user_that_is_not_loaded_is_named(async_rf: AsyncRequestFactory) -> None:
    def load() -> object:
        return get_user_model().objects.first()

    request = async_rf.get("/")
    request.user = SimpleLazyObject(load)  # type: ignore[assignment]
    with pytest.raises(SynchronousOnlyOperation, match="aowner_of"):
        owners.owner_of(request)


@pytest.mark.django_db(transaction=True)
async def test_a_visitor_of_an_asynchronous_view_is_an_owner(async_rf: AsyncRequestFactory) -> None:
    request = async_rf.get("/")
    request.session = db.SessionStore()
    request.user = SimpleLazyObject(AnonymousUser)  # type: ignore[assignment]
    owner = await owners.aowner_of(request)
    assert owner is not None
    assert owner.startswith("session:")
    assert owner == await owners.aowner_of(request)
    assert await owners.aowner_of(ANN) == "user:7"
