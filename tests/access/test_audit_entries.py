"""What is written about an action, before it is done and after."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client

from harness.site_client import TOKEN, Reply, path_of, request
from sse_pipeline import SSEHandler, journal
from sse_pipeline.exceptions import NotRecorded
from sse_pipeline.inspection import interventions
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.models import Intervention


def admit_to_cancel(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    return action == "cancel"


@pytest.fixture
def admitting(settings: Any) -> None:
    settings.SSE_PIPELINE = {"AUTHORIZE": f"{__name__}.admit_to_cancel"}


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
    path = f"{path_of('cancel', handler.stream_id)}?reason=%00why"
    return await request("POST", path, b"", **headers)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_the_owner_is_written_down() -> None:
    user, headers = await sync_to_async(logged_in)("ann")
    handler = await opened(user)
    for _ in range(2):
        assert (await cancel(handler, **headers)).status == 202
    row = await Intervention.objects.aget()  # the second one changed nothing
    assert (str(row.stream_id), row.username, row.action) == (handler.stream_id, "ann", "cancel")
    assert (row.reason, row.via, row.taken) == (r"\x00why", "owner", True)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_an_anonymous_owner_is_written_down() -> None:
    headers = await sync_to_async(visiting)()
    handler = await opened({"session": {"_sse_pipeline": "a secret"}})
    assert (await cancel(handler, **headers)).status == 202
    row = await Intervention.objects.aget()
    assert row.username == handler.snapshot().owner
    assert (row.via, row.taken) == ("owner", True)


@pytest.mark.usefixtures("database_of_loop", "sse_journal")
async def test_a_cancel_by_the_setting_is_written_down(admitting: None) -> None:
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


@contextmanager
def refusing(statement: str) -> Iterator[None]:
    """Let the database of the thread that uses it refuse the statements that begin so."""

    def refuse(execute: Any, sql: str, *others: Any) -> Any:
        if sql.startswith(statement):
            raise OperationalError("away")
        return execute(sql, *others)

    with connection.execute_wrapper(refuse):
        yield


def cancelled_by_staff(handler: SSEHandler) -> bool:
    return interventions.cancel(handler.stream_id, User(username="ann\x1b"), "why")


def settled_by_staff(handler: SSEHandler) -> bool:
    return interventions.settle(handler.stream_id, User(username="ann\x1b"), "a", "why")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [cancelled_by_staff, settled_by_staff])
def test_nothing_is_done_that_can_not_be_written_down(act: Callable[[SSEHandler], bool]) -> None:
    handler = SSEHandler(components=["a"])
    handler.open()
    before = handler.snapshot()
    with refusing("INSERT"), pytest.raises(NotRecorded, match="^nothing was done: "):
        act(handler)
    assert handler.snapshot() == before
    assert act(handler)


@pytest.mark.django_db(transaction=True)
def test_what_became_of_an_action_is_in_the_log_at_least(caplog: pytest.LogCaptureFixture) -> None:
    handler = SSEHandler(components=["a"])
    handler.open()
    with refusing("UPDATE"):
        assert cancelled_by_staff(handler)
    assert Intervention.objects.get().taken is None
    (record,) = (record for record in caplog.records if record.levelname == "ERROR")
    done = rf"cancel on stream {handler.stream_id} by ann\x1b (admin), taken: why"
    assert done in record.getMessage()


async def test_a_cancel_of_others_waits_for_its_record(
    database_of_loop: None, sse_journal: None, admitting: None
) -> None:
    _, stranger = await sync_to_async(logged_in)("bob")
    user, owner = await sync_to_async(logged_in)("ann")
    theirs = await opened("user:999")
    own, refusals = await opened(user), ExitStack()
    await sync_to_async(refusals.enter_context)(refusing("INSERT"))
    reply = await cancel(theirs, **stranger)
    assert reply.status == 503
    assert reply.json["error"].startswith("nothing was done: ")
    assert not (await theirs.asnapshot()).cancelled
    assert (await cancel(own, **owner)).status == 202
    assert (await own.asnapshot()).cancelled
    await sync_to_async(refusals.close)()
    assert (await cancel(theirs, **stranger)).status == 202
    row = await Intervention.objects.aget()
    assert (row.username, row.via, row.taken) == ("bob", "authorize", True)


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
