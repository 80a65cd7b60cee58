"""The tokens by which a command reaches a site that runs elsewhere."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import signing

from sse_pipeline import SSEHandler
from sse_pipeline.access import staff
from sse_pipeline.models import Intervention
from sse_pipeline.testing import SSECommunicator


async def answer_to(stream: str, token: str) -> int:
    from project.asgi import application

    path = f"/streams/{stream}/"
    headers = [(b"authorization", f"Bearer {token}".encode())]
    async with SSECommunicator(application, path, headers=headers) as client:
        return int(client.status or 0)


@pytest.mark.usefixtures("database_of_loop")
async def test_a_token_admits_staff_with_the_permission_and_nobody_else(settings: Any) -> None:
    from asgiref.sync import sync_to_async

    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="hello")
    user = await User.objects.acreate(username="ann", is_staff=True)

    async def status(token: str) -> int:
        return await answer_to(handler.stream_id, token)

    assert await status(staff.token(user)) == 404
    for codename, admitted in (("view_stream", 404), ("view_frames", 200)):
        permission = await Permission.objects.aget(codename=codename)
        await sync_to_async(user.user_permissions.add)(permission)
        assert await status(staff.token(user)) == admitted
    assert await status(staff.token(user)[:-1] + "x") == 404
    assert await status(signing.dumps(str(user.pk), salt="another")) == 404
    assert await status("nonsense") == 404
    settings.SECRET_KEY = "another"  # what another site signs
    foreign = staff.token(user)
    del settings.SECRET_KEY
    settings.SECRET_KEY = "for-development-only"
    assert await status(foreign) == 404
    await User.objects.aupdate(is_active=False)
    assert await status(staff.token(user)) == 404


@pytest.mark.usefixtures("database_of_loop")
async def test_a_cancel_by_a_token_is_written_down() -> None:
    from project.asgi import application

    user = await User.objects.acreate(username="ann", is_staff=True, is_superuser=True)
    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="hello")
    path = f"/streams/{handler.stream_id}/cancel/?reason=runs+away"
    headers = [(b"authorization", f"Bearer {staff.token(user)}".encode())]
    async with SSECommunicator(application, path, method="POST", headers=headers) as client:
        assert client.status == 202
    assert handler.cancelled
    row = await Intervention.objects.aget()
    assert (str(row.stream_id), row.username) == (handler.stream_id, "ann")
    assert (row.action, row.reason, row.via, row.taken) == ("cancel", "runs away", "http", True)


@pytest.mark.django_db
def test_a_token_is_short_lived(rf: Any) -> None:
    user = User.objects.create_superuser("ann")
    request = rf.get("/", headers={"Authorization": f"Bearer {staff.token(user)}"})
    assert staff.holder(request) == user
    assert staff.holder(request, lifetime=-1) is None
