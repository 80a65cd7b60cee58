"""The staff: who may look at streams that are not theirs, by a session or by a signed token.

A token names a user, is signed with `SECRET_KEY` and lives for a minute: long enough to connect. It
gives nothing by itself: the user must be active staff, with the permission, when it is used.
"""

from typing import Any

from channels.db import database_sync_to_async
from django.apps import apps
from django.core import signing
from django.http import HttpRequest

from . import access

#: Seconds that a token is good for.
LIFETIME = 60
_SALT = "sse_pipeline.staff"
_SCHEME = "Bearer "

#: The permissions, by what they let do.
VIEW = "sse_pipeline.view_stream"
FRAMES = "sse_pipeline.view_frames"
CANCEL = "sse_pipeline.cancel_stream"
SETTLE = "sse_pipeline.settle_component"


def token(user: Any) -> str:
    """Return a token that stands for a user."""
    return signing.dumps(str(user.pk), salt=_SALT, compress=False)


def may(user: Any, *permissions: str) -> bool:
    """Tell whether a user is active staff with all these permissions. May query the database."""
    return bool(
        user is not None and user.is_active and user.is_staff and user.has_perms(permissions)
    )


def bearer(request: HttpRequest) -> str | None:
    """Return the token that a request carries, if it carries one."""
    given = request.headers.get("Authorization", "")
    return given.removeprefix(_SCHEME).strip() if given.startswith(_SCHEME) else None


def holder(request: HttpRequest) -> Any:
    """Return the user whom the token of a request stands for; None for a bad or no token."""
    given = bearer(request)
    if given is None or not apps.is_installed("django.contrib.auth"):
        return None
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - where it is installed

    try:
        key = signing.loads(given, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return get_user_model().objects.filter(pk=key).first()


def member(request: HttpRequest, *permissions: str) -> Any:
    """Return the member of the staff who sent a request; None for anyone else.

    By its token where it carries one, else by its session. May query the database.
    """
    user = holder(request) if bearer(request) is not None else access.user_of(request)
    return user if may(user, *permissions) else None


async def amember(request: HttpRequest, *permissions: str) -> Any:
    """Return the same without blocking the event loop; no thread is asked about a stranger."""
    if bearer(request) is None and access.is_stranger(request):
        return None
    return await database_sync_to_async(member)(request, *permissions)
