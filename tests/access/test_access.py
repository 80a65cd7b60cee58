"""Who may read a stream, by every way in which a site can say who somebody is."""

from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import cache, db, signed_cookies
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.http import HttpRequest
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.functional import SimpleLazyObject

from sse_pipeline import SSEHandler
from sse_pipeline.access import authorization, owners
from sse_pipeline.lifecycle.snapshot import Snapshot

ANN = SimpleNamespace(is_authenticated=True, pk=7)
NOBODY = AnonymousUser()
OWNED = Snapshot("1", owner="user:7")


def asked(session_key: str | None = None, **parts: Any) -> HttpRequest:
    """Make a request with a session's cookie, and what middleware would have added."""
    request = RequestFactory().get("/")
    if session_key is not None:
        request.COOKIES["sessionid"] = session_key
    for name, value in parts.items():
        setattr(request, name, value)
    return request


def session_with(**values: Any) -> SessionBase:
    session = cache.SessionStore()
    session.update(values)
    session.save()
    return session


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
    assert owners.identities(asked(user=ANN, session=session)) == {"user:7", owner}
    assert owners.identities(asked(user=ANN, session=cache.SessionStore())) == {"user:7"}


# Who opens a stream, where no middleware ran


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
    assert owners.identities(asked(key)) == {opened[0]}
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
    assert owners.identities(asked(session.session_key)) == {owner}
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


def test_a_site_without_users_has_sessions(settings: Any) -> None:
    settings.INSTALLED_APPS = ["sse_pipeline"]
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


# Who is admitted


def admit(scope: dict[str, Any], stream: Snapshot) -> bool:
    return scope["type"] == "http" and stream is OWNED and "user" in scope and "session" in scope


async def admit_later(scope: dict[str, Any], stream: Snapshot) -> bool:
    return admit(scope, stream)


def reject(scope: dict[str, Any], stream: Snapshot) -> bool:
    return False


async def reject_later(scope: dict[str, Any], stream: Snapshot) -> bool:
    return False


def reject_by_another(scope: dict[str, Any], stream: Snapshot) -> Any:
    return reject_later(scope, stream)


class Rejection:
    def __await__(self) -> Generator[None, None, bool]:
        yield from ()
        return False


def reject_by_promise(scope: dict[str, Any], stream: Snapshot) -> Any:
    return Rejection()


class RejectLater:
    async def __call__(self, scope: dict[str, Any], stream: Snapshot) -> bool:
        return False


def reject_with_nothing(scope: dict[str, Any], stream: Snapshot) -> None:
    pass


def fail(scope: dict[str, Any], stream: Snapshot) -> bool:
    raise ZeroDivisionError


reject_by_instance = RejectLater()
no_function = "admit"


@pytest.fixture
def authorize(settings: Any) -> Callable[[str | None], None]:
    def name(function: str | None) -> None:
        settings.SSE_PIPELINE = {"AUTHORIZE": function and f"{__name__}.{function}"}

    return name


@pytest.mark.parametrize(
    ("function", "admitted"),
    [
        (None, False),
        ("admit", True),
        ("admit_later", True),
        ("reject", False),
        ("reject_later", False),
        ("reject_by_another", False),
        ("reject_by_promise", False),
        ("reject_by_instance", False),
        ("reject_with_nothing", False),
    ],
)
async def test_the_setting_decides_on_others(
    authorize: Callable[[str | None], None], function: str | None, admitted: bool
) -> None:
    authorize(function)
    request = AsyncRequestFactory().get("/")
    assert await authorization.aadmits(request, OWNED) is admitted


@pytest.mark.parametrize(
    ("function", "admitted"),
    [(None, False), ("admit", True), ("reject", False), ("reject_with_nothing", False)],
)
def test_the_setting_decides_under_wsgi(
    authorize: Callable[[str | None], None], function: str | None, admitted: bool
) -> None:
    authorize(function)
    assert authorization.admits(asked(), OWNED) is admitted


@pytest.mark.parametrize(
    "function",
    [
        "admit_later",
        "reject_later",
        "reject_by_another",
        "reject_by_promise",
        "reject_by_instance",
    ],
)
def test_an_asynchronous_setting_admits_nobody_under_wsgi(
    authorize: Callable[[str | None], None], function: str
) -> None:
    authorize(function)
    with pytest.raises(ImproperlyConfigured, match="AUTHORIZE.*asynchronous"):
        authorization.admits(asked(), OWNED)


@pytest.mark.parametrize("function", ["nowhere", "no_function", "no_module.at_all"])
async def test_a_setting_that_is_no_function_admits_nobody(
    authorize: Callable[[str | None], None], function: str
) -> None:
    authorize(function)
    with pytest.raises(ImproperlyConfigured, match="AUTHORIZE"):
        authorization.admits(asked(), OWNED)
    with pytest.raises(ImproperlyConfigured, match="AUTHORIZE"):
        await authorization.aadmits(asked(), OWNED)


async def test_a_setting_that_fails_admits_nobody(
    authorize: Callable[[str | None], None],
) -> None:
    authorize("fail")
    with pytest.raises(ZeroDivisionError):
        authorization.admits(asked(), OWNED)
    with pytest.raises(ZeroDivisionError):
        await authorization.aadmits(asked(), OWNED)


@pytest.mark.parametrize(
    ("stream", "user", "admitted"),
    [
        (Snapshot("1"), NOBODY, True),
        (Snapshot("1"), ANN, True),
        (OWNED, ANN, True),
        (OWNED, NOBODY, False),
        (Snapshot("1", owner="user:8"), ANN, False),
        (Snapshot("1", owner=""), NOBODY, False),
    ],
)
async def test_the_owner_is_admitted_without_the_setting(
    authorize: Callable[[str | None], None], stream: Snapshot, user: Any, admitted: bool
) -> None:
    request = asked(user=user, session=cache.SessionStore())
    assert authorization.admits(request, stream) is admitted
    assert await authorization.aadmits(request, stream) is admitted
    authorize("fail")
    if admitted:
        assert authorization.admits(request, stream)
        assert await authorization.aadmits(request, stream)


async def test_no_thread_is_asked_about_a_stranger(
    authorize: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sse_pipeline.access.owners.database_sync_to_async")
    authorize("admit_later")
    assert await owners.aopener_of(asked()) is None
    assert await authorization.aadmits(AsyncRequestFactory().get("/"), OWNED)


@pytest.mark.django_db(transaction=True)
async def test_a_user_that_is_not_loaded_is_named(async_rf: AsyncRequestFactory) -> None:
    def load() -> object:
        return get_user_model().objects.first()

    request = async_rf.get("/")
    request.user = SimpleLazyObject(load)  # type: ignore[assignment]
    with pytest.raises(SynchronousOnlyOperation, match="auser"):
        owners.owner_of(request)
