"""The staff: people who may look at streams that are not theirs, by a session or a signed token.

A token names a user and is signed with `SECRET_KEY`. It lives for a minute: long enough to connect.
It gives no right by itself: when it is used, the user must be active staff with the permission.
"""

from typing import Any

from channels.db import database_sync_to_async
from django.core import signing
from django.http import HttpRequest

from . import owners, users
from .actions import StreamAction

#: Seconds for which a token is valid.
LIFETIME = 60
_SALT = "sse_pipeline.staff"
_SCHEME = "Bearer "

#: The permissions: to see streams, to see the content of frames, to cancel, to settle.
VIEW = "sse_pipeline.view_stream"
FRAMES = "sse_pipeline.view_frames"
CANCEL = "sse_pipeline.cancel_stream"
SETTLE = "sse_pipeline.settle_component"
#: The permission for each action on the streams of others.
PERMISSIONS = {StreamAction.READ: FRAMES, StreamAction.CANCEL: CANCEL}


def token(user: Any) -> str:
    """Return a token that stands for a user."""
    return signing.dumps(str(user.pk), salt=_SALT, compress=False)


def may(user: Any, *permissions: str) -> bool:
    """Return whether a user is active staff with all permissions. May query the database."""
    # Only what the admin asks of a user model, too; and a user model need not know the admin.
    is_staff = getattr(user, "is_active", False) and getattr(user, "is_staff", False)
    return bool(is_staff) and all(user.has_perm(permission) for permission in permissions)


def bearer(request: HttpRequest) -> str | None:
    """Return the token of a request; None if it has no token."""
    given = request.headers.get("Authorization", "")
    return given.removeprefix(_SCHEME).strip() if given.startswith(_SCHEME) else None


def holder(request: HttpRequest, *, lifetime: int = LIFETIME) -> Any:
    """Return the user for whom the token of a request stands; None without a valid token.

    A token is valid for `lifetime` seconds.
    """
    given = bearer(request)
    if given is None:
        return None
    try:
        key = signing.loads(given, salt=_SALT, max_age=lifetime)
    except signing.BadSignature:
        return None
    return users.with_key(key)


def member(request: HttpRequest, *permissions: str) -> Any:
    """Return the member of the staff who sent a request; None for anyone else.

    A token decides if there is one, else the session. May query the database.
    """
    user = holder(request) if bearer(request) is not None else owners.user_of(request)
    return user if may(user, *permissions) else None


async def amember(request: HttpRequest, *permissions: str) -> Any:
    """Return the same without blocking the event loop; a stranger costs no thread."""
    if bearer(request) is None and owners.is_stranger(request):
        return None
    return await database_sync_to_async(member)(request, *permissions)
