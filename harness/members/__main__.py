"""`python -m harness.members`: a site whose users are members, with its admin. It prints JSON."""

import asyncio
import json
import sys
from contextlib import redirect_stdout
from typing import Any

from django.urls import path

from harness.bare_site import configure, status_of

CONTRIB = ("admin", "auth", "contenttypes", "messages", "sessions")
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
CONTEXT = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)

urlpatterns: list[Any] = []


def start() -> None:
    """Configure the site, and mount its admin."""
    configure(
        ["harness.members", *(f"django.contrib.{name}" for name in CONTRIB)],
        AUTH_USER_MODEL="members.Member",
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": CONTEXT},
        }],
        ROOT_URLCONF=__name__,
        SSE_PIPELINE={"JOURNAL": False, "STORE": "harness.stores.SharedMemoryStore"},
        STATIC_URL="static/",
    )  # fmt: skip
    from django.contrib import admin

    urlpatterns.append(path("admin/", admin.site.urls))


def token(member: Any, stream_id: str, action: str = "read") -> dict[str, str]:
    """Return the header with a token of a member."""
    from sse_pipeline.access import staff
    from sse_pipeline.access.actions import StreamAction

    signed = staff.token(member, stream_id, StreamAction(action))
    return {"authorization": f"Bearer {signed}"}


def results() -> dict[str, Any]:
    """Return what members may do by their session, by a token, in the admin and by a command."""
    from django.core.management import call_command
    from django.test import Client

    from harness.members.models import Member
    from sse_pipeline import SSEHandler
    from sse_pipeline.models import Intervention

    ann, bob = (Member.members.create(is_staff=name == "ann") for name in ("ann", "bob"))
    mine, other, third = (SSEHandler(owner=owner) for owner in (bob, "user:7", "user:8"))
    for handler in (mine, other, third):
        handler.register_component("text")
    client = Client(headers={"host": "localhost"})
    client.force_login(bob)
    session = {"cookie": f"sessionid={client.cookies['sessionid'].value}"}

    def status(handler: SSEHandler, **headers: str) -> int:
        return asyncio.run(status_of("GET", f"/streams/{handler.stream_id}/", **headers))

    tokens = [(mine, ann), (other, ann), (other, Member(pk="no uuid"))]
    found: dict[str, Any] = {
        "owner": mine.snapshot().owner == f"user:{bob.pk}",
        "session": [status(mine, **session), status(other, **session)],
        "token": [status(each, **token(who, each.stream_id)) for each, who in tokens],
    }
    cancel = f"/streams/{other.stream_id}/cancel/?reason=why"
    found["cancel"] = asyncio.run(
        status_of("POST", cancel, **token(ann, other.stream_id, "cancel"))
    )
    call_command("sse_cancel", third.stream_id, user=str(ann.badge), reason="why")
    found["audit"] = [
        row.username == str(ann.badge) for row in Intervention.objects.filter(taken=True)
    ]
    client.force_login(ann)
    page = "/admin/sse_pipeline/stream/"
    found["admin"] = [
        client.get(page, {"q": term}).status_code for term in ("", str(ann.badge), "ann")
    ]
    return found


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        start()
        document = results()
    print(json.dumps(document))
