"""The tokens by which a command reaches a site that runs elsewhere."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.test import RequestFactory

from project.asgi import application
from sse_pipeline import SSEHandler
from sse_pipeline.access import staff
from sse_pipeline.access.actions import StreamAction
from sse_pipeline.models import Intervention
from sse_pipeline.testing import SSECommunicator

READ, CANCEL = StreamAction.READ, StreamAction.CANCEL
PATHS = {READ: "", CANCEL: "cancel/"}


async def answer_to(stream: str, token: str, action: StreamAction = READ, **scope: Any) -> int:
    method = "POST" if action == CANCEL else "GET"
    headers = [(b"authorization", f"Bearer {token}".encode())]
    path = f"/streams/{stream}/{PATHS[action]}"

    async def placed(given: Any, receive: Any, send: Any) -> None:
        await application({**given, **scope}, receive, send)

    async with SSECommunicator(placed, path, method=method, headers=headers) as client:
        return int(client.status or 0)


async def opened() -> SSEHandler:
    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="hello")
    return handler


@pytest.mark.usefixtures("database_of_loop")
async def test_a_token_admits_staff_with_the_permission_and_nobody_else(settings: Any) -> None:
    handler = await opened()
    user = await User.objects.acreate(username="ann", is_staff=True)

    def token() -> str:
        return staff.token(user, handler.stream_id, READ)

    async def status(token: str) -> int:
        return await answer_to(handler.stream_id, token)

    assert await status(token()) == 404
    for codename, admitted in (("view_stream", 404), ("view_frames", 200)):
        permission = await Permission.objects.aget(codename=codename)
        await sync_to_async(user.user_permissions.add)(permission)
        assert await status(token()) == admitted
    assert await status(token()[:-1] + "x") == 404
    claim = [str(user.pk), handler.stream_id, "read"]
    assert await status(signing.dumps(claim, salt="another")) == 404
    assert await status("nonsense") == 404
    settings.SECRET_KEY = "another"  # what another site signs
    foreign = token()
    del settings.SECRET_KEY
    settings.SECRET_KEY = "for-development-only"
    assert await status(foreign) == 404
    await User.objects.aupdate(is_active=False)
    assert await status(token()) == 404


@pytest.mark.usefixtures("database_of_loop")
async def test_a_token_is_for_one_stream_and_one_action() -> None:
    user = await sync_to_async(User.objects.create_superuser)("ann")
    mine, other = await opened(), await opened()
    for action, admitted in ((READ, 200), (CANCEL, 202)):
        for tried in (READ, CANCEL):
            token = staff.token(user, mine.stream_id, action)
            wanted = admitted if tried == action else 404
            assert await answer_to(other.stream_id, token, tried) == 404
            assert await answer_to(mine.stream_id, token, tried) == wanted


@pytest.mark.usefixtures("database_of_loop")
async def test_a_token_of_an_older_release_is_refused() -> None:
    user = await sync_to_async(User.objects.create_superuser)("ann")
    handler = await opened()
    older = signing.dumps(str(user.pk), salt="sse_pipeline.staff", compress=False)
    for action in (READ, CANCEL):
        assert await answer_to(handler.stream_id, older, action) == 404


@pytest.mark.usefixtures("database_of_loop")
async def test_a_token_over_plain_http_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    user = await sync_to_async(User.objects.create_superuser)("ann")
    handler = await opened()
    token = staff.token(user, handler.stream_id, READ)
    away, here = ["10.0.0.7", 4711], ["127.0.0.1", 4711]
    quiet: list[dict[str, Any]] = [
        {"client": here}, {"client": None}, {"client": away, "scheme": "https"},
    ]  # fmt: skip
    for scope in quiet:
        assert await answer_to(handler.stream_id, token, **scope) == 200
    assert await answer_to(handler.stream_id, "nonsense", client=away) == 404
    assert "plain http" not in caplog.text
    assert await answer_to(handler.stream_id, token, client=away, scheme="http") == 200
    assert "a token of the staff came from 10.0.0.7 over plain http" in caplog.text


@pytest.mark.usefixtures("database_of_loop")
async def test_a_cancel_by_a_token_is_written_down() -> None:
    user = await User.objects.acreate(username="ann", is_staff=True, is_superuser=True)
    handler = await opened()
    path = f"/streams/{handler.stream_id}/cancel/?reason=runs+away"
    token = staff.token(user, handler.stream_id, CANCEL)
    headers = [(b"authorization", f"Bearer {token}".encode())]
    async with SSECommunicator(application, path, method="POST", headers=headers) as client:
        assert client.status == 202
    assert handler.cancelled
    row = await Intervention.objects.aget()
    assert (str(row.stream_id), row.username) == (handler.stream_id, "ann")
    assert (row.action, row.reason, row.via, row.taken) == ("cancel", "runs away", "http", True)


@pytest.mark.django_db
def test_a_token_is_short_lived(rf: RequestFactory, settings: Any) -> None:
    user, stream = User.objects.create_superuser("ann"), str(uuid.uuid4())
    headers = {"Authorization": f"Bearer {staff.token(user, stream, READ)}"}
    request = rf.get("/", headers=headers)
    assert staff.holder(request, stream, READ) == user
    settings.SSE_PIPELINE = {"TOKEN_LIFETIME": 1e-9}
    assert staff.holder(request, stream, READ) is None
