"""What `AUTHORIZE` is asked about, what its answer means, and what is written about a cancel."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import AsyncRequestFactory, Client, RequestFactory

from harness.django_requests import NOBODY, OWNED
from harness.site_client import TOKEN, Reply, path_of, request
from sse_pipeline import SSEHandler, checks, journal
from sse_pipeline.access import authorization, authorizer
from sse_pipeline.access.actions import Grant, StreamAction
from sse_pipeline.journal.audit import write_intervention
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.models import Intervention

asked: list[Any] = []
answer: Any = None


def admit_to_all(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    asked.append(action)
    return True


async def admit_to_all_later(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    return admit_to_all(scope, stream, action)


def admit_to_cancel(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    return action == "cancel"


def older_form(scope: dict[str, Any], stream: Snapshot) -> bool:
    return True


async def older_form_later(scope: dict[str, Any], stream: Snapshot) -> bool:
    return True


def older_form_with_an_option(scope: Any, stream: Snapshot, strict: Any = False) -> bool:
    return strict is False


def action_with_a_default(scope: Any, stream: Snapshot, action: str = "") -> bool:
    return bool(action)


def any_arguments(*arguments: Any) -> bool:
    return len(arguments) == 3


def takes_one(scope: Any) -> bool:
    return True


def give(scope: dict[str, Any], stream: Snapshot, action: str) -> Any:
    return answer() if callable(answer) else answer


async def give_later(scope: dict[str, Any], stream: Snapshot, action: str) -> Any:
    return give(scope, stream, action)


async def unawaited() -> bool:
    return True


class Instance:
    def __call__(self, scope: Any, stream: Snapshot, action: str) -> bool:
        return True


instance = Instance()
partly = partial(action_with_a_default, action="read")


@pytest.fixture
def authorize(settings: Any) -> Callable[[str], None]:
    asked.clear()

    def name(function: str) -> None:
        settings.SSE_PIPELINE = {"AUTHORIZE": f"{__name__}.{function}"}

    return name


@pytest.mark.parametrize(
    ("function", "actions"),
    [
        ("admit_to_all", {"read", "cancel"}),
        ("admit_to_all_later", {"read", "cancel"}),
        ("admit_to_cancel", {"cancel"}),
        ("older_form", {"read"}),
        ("older_form_later", {"read"}),
        ("older_form_with_an_option", {"read"}),
        ("partly", {"read"}),
        ("action_with_a_default", {"read", "cancel"}),
        ("any_arguments", {"read", "cancel"}),
        ("instance", {"read", "cancel"}),
    ],
)
async def test_the_setting_is_asked_about_an_action(
    authorize: Callable[[str], None], function: str, actions: set[str]
) -> None:
    authorize(function)
    stranger = AsyncRequestFactory().get("/")
    granted = {
        action: await authorization.agrant(stranger, OWNED, action) for action in StreamAction
    }
    assert {action for action, grant in granted.items() if grant} == actions
    assert set(granted.values()) <= {Grant.AUTHORIZE, None}
    assert set(asked) <= actions
    still = await asyncio.to_thread(authorization.still_admits, stranger, OWNED)
    assert still is ("read" in actions)


def test_a_callable_that_takes_other_arguments_is_named(
    authorize: Callable[[str], None],
) -> None:
    authorize("takes_one")
    with pytest.raises(ImproperlyConfigured, match=r"AUTHORIZE.*\(scope, stream, action\)"):
        authorizer.current()


def test_the_older_form_is_told_of(authorize: Callable[[str], None]) -> None:
    for function, found in (("older_form", ["sse_pipeline.I002"]), ("admit_to_all", [])):
        authorize(function)
        assert [message.id for message in checks.check_authorize()] == found
    authorize("takes_one")
    assert checks.check_authorize() == []


@pytest.mark.parametrize("function", ["give", "give_later"])
@pytest.mark.parametrize("value", ["no", "yes", 1, 0, "", [], [False], object(), unawaited])
async def test_only_true_admits(
    settings: Any,
    authorize: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
    function: str,
    value: Any,
) -> None:
    if value is unawaited and function == "give":
        return  # it is awaited: a plain function may pass the answer of another one on
    authorize(function)
    globals()["answer"] = value
    stranger = AsyncRequestFactory().get("/")
    for action in StreamAction:
        assert await authorization.agrant(stranger, OWNED, action) is None
    if function == "give":
        assert authorization.admits(RequestFactory().get("/"), OWNED) is False
    assert "SSE_PIPELINE['AUTHORIZE'] gave a value of the type" in caplog.text


@pytest.mark.parametrize("value", [None, False])
async def test_a_refusal_is_no_fault(
    authorize: Callable[[str], None], caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    authorize("give")
    globals()["answer"] = value
    assert (
        await authorization.agrant(AsyncRequestFactory().get("/"), OWNED, StreamAction.READ) is None
    )
    assert not caplog.records


# What is written about a cancel


def logged_in(name: str) -> tuple[User, dict[str, str]]:
    user, client = User.objects.create(username=name), Client()
    client.force_login(user)
    return user, cookies(client)


def visiting() -> dict[str, str]:
    client = Client()
    session = client.session
    session["_sse_pipeline"] = "a secret"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    return cookies(client)


def cookies(client: Client) -> dict[str, str]:
    session = client.cookies["sessionid"].value
    return {"cookie": f"sessionid={session}; csrftoken={TOKEN}", "x_csrftoken": TOKEN}


async def opened(owner: Any) -> SSEHandler:
    handler = SSEHandler(owner=owner, components=["a"])
    await handler.aopen()
    return handler


async def cancel(handler: SSEHandler, **headers: str) -> Reply:
    path = f"{path_of('cancel', handler.stream_id)}?reason=why"
    return await request("POST", path, b"", **headers)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_the_owner_is_written_down() -> None:
    user, headers = await sync_to_async(logged_in)("ann")
    handler = await opened(user)
    for _ in range(2):
        assert (await cancel(handler, **headers)).status == 202
    row = await Intervention.objects.aget()  # the second one changed nothing
    assert (str(row.stream_id), row.username, row.action) == (handler.stream_id, "ann", "cancel")
    assert (row.reason, row.via, row.taken) == ("why", "owner", True)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_an_anonymous_owner_is_written_down() -> None:
    headers = await sync_to_async(visiting)()
    handler = await opened({"session": {"_sse_pipeline": "a secret"}})
    assert (await cancel(handler, **headers)).status == 202
    row = await Intervention.objects.aget()
    assert row.username == handler.snapshot().owner
    assert (row.via, row.taken) == ("owner", True)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_the_setting_is_written_down(authorize: Callable[[str], None]) -> None:
    authorize("admit_to_cancel")
    _, headers = await sync_to_async(logged_in)("bob")
    for sent, who in ((headers, "bob"), ({}, "")):
        handler = await opened("user:999")
        assert (await cancel(handler, **sent)).status == 202
        row = await Intervention.objects.aget(stream_id=handler.stream_id)
        assert (row.username, row.via, row.taken) == (who, "authorize", True)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_the_id_alone_has_no_name(settings: Any) -> None:
    handler = await opened(None)
    assert (await cancel(handler)).status == 202
    assert not await Intervention.objects.aexists()
    settings.SSE_PIPELINE = {"JOURNAL": False}
    user, headers = await sync_to_async(logged_in)("ann")
    assert (await cancel(await opened(user), **headers)).status == 202
    assert not await Intervention.objects.aexists()


@pytest.mark.usefixtures("database_of_loop")
async def test_a_test_without_the_journal_writes_nothing() -> None:
    user, headers = await sync_to_async(logged_in)("ann")
    assert (await cancel(await opened(user), **headers)).status == 202
    assert not await Intervention.objects.aexists()


@pytest.mark.django_db(transaction=True)
def test_an_action_that_can_not_be_written_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("away")

    with connection.execute_wrapper(refuse):
        write_intervention(
            stream_id="0" * 32, who="ann\x1b", action="cancel", component="", reason="why",
            via="http", taken=True,
        )  # fmt: skip
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert r"cancel on stream " + "0" * 32 + r" by ann\x1b (http): why" in record.getMessage()


@pytest.mark.usefixtures("journaled")
def test_an_owner_that_no_database_takes_is_journaled() -> None:
    from sse_pipeline.models import Stream

    with pytest.raises(ValueError, match=r"^owner: must not contain a lone surrogate$"):
        SSEHandler(owner="user:\ud800", components=["a"])
    handler = SSEHandler(owner="user:\0", components=["a"])
    handler.open()
    handler.cancel()
    assert journal.flush(30)
    row = Stream.objects.get(pk=handler.stream_id)
    assert row.owner == r"user:\x00"
    assert journal.dropped() == 0


def test_nobody_is_admitted_by_an_empty_owner() -> None:
    stranger = RequestFactory().get("/")
    stranger.user = NOBODY
    assert not authorization.admits(stranger, Snapshot("1", owner=""))
