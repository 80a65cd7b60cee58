"""Members of the staff, and rows for the pages of the admin."""

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from sse_pipeline import SSEHandler
from sse_pipeline.models import Process, Stream

LIST = "/admin/sse_pipeline/stream/"

HOSTILE = "<script>alert(1)</script>"


def staff(client: Client, *codenames: str, **options: Any) -> User:
    """Log in a member of the staff with these permissions."""
    user = User.objects.create_user(f"ann{len(codenames)}", is_staff=True, **options)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return user


def page_of(handler: SSEHandler) -> str:
    return f"{LIST}{handler.stream_id}/change/"


def many(process: Process, count: int, **changes: Any) -> list[Stream]:
    now = timezone.now()
    streams = [
        Stream(**{
            "id": uuid.uuid4(), "version": 3, "state": "complete", "process": process,
            "opened_at": now - dt.timedelta(hours=number), "ended_at": now, "components_total": 2,
            "components_done": 2, "frames": 10, "bytes": 100, "owner": f"user:{number}", **changes,
        }) for number in range(count)
    ]  # fmt: skip
    return Stream.objects.bulk_create(streams)
