"""The staff: people who may look at streams that are not theirs, by a session or a signed token.

A token names a user, one stream and one action, and is signed with `SECRET_KEY`. It lives for
`TOKEN_LIFETIME` seconds: long enough to connect. It gives no right by itself: when it is used, the
user must be active staff with the permission.
"""

import datetime as dt
from typing import Any

from channels.db import database_sync_to_async
from django.core import signing
from django.http import HttpRequest

from .. import conf
from ..escaping import make_logger
from ..validation import is_loopback
from . import owners, users
from .actions import StreamAction

logger = make_logger(__name__)

#: Not that of older releases, whose tokens named neither a stream nor an action.
_SALT = "sse_pipeline.staff.action"
_SCHEME = "Bearer "

#: The permissions: to see streams, to see the content of frames, to cancel and stop, to settle.
VIEW = "sse_pipeline.view_stream"
FRAMES = "sse_pipeline.view_frames"
CANCEL = "sse_pipeline.cancel_stream"
SETTLE = "sse_pipeline.settle_component"
#: The permission for each action on the streams of others.
PERMISSIONS = {
    StreamAction.READ: FRAMES,
    StreamAction.CANCEL: CANCEL,
    StreamAction.STOP: CANCEL,
}


def token(user: Any, stream_id: str, action: StreamAction) -> str:
    """Return a token that stands for a user who does this to one stream."""
    return signing.dumps([str(user.pk), stream_id, action], salt=_SALT)


def may(user: Any, *permissions: str) -> bool:
    """Return whether a user is active staff with all permissions. May query the database."""
    # Only what the admin asks of a user model, too; and a user model need not know the admin.
    is_staff = getattr(user, "is_active", False) and getattr(user, "is_staff", False)
    return bool(is_staff) and all(user.has_perm(permission) for permission in permissions)


def bearer(request: HttpRequest) -> str | None:
    """Return the token of a request; None if it has no token."""
    given = request.headers.get("Authorization", "")
    return given.removeprefix(_SCHEME).strip() if given.startswith(_SCHEME) else None


def holder(request: HttpRequest, stream_id: str, action: StreamAction) -> Any:
    """Return the user for whom the token of a request stands; None without a valid token for this.

    Queries the database.
    """
    given = bearer(request)
    if given is None:
        return None
    lifetime = dt.timedelta(seconds=conf.get().TOKEN_LIFETIME)
    try:
        claim = signing.loads(given, salt=_SALT, max_age=lifetime)
    except signing.BadSignature:
        return None
    key, *subject = claim
    return users.with_key(key) if subject == [stream_id, action] else None


def member(
    request: HttpRequest, stream_id: str, action: StreamAction, permission: str | None = None
) -> Any:
    """Return the member of the staff who sent a request; None for anyone else.

    A token decides if there is one, else the session. Without a `permission` it is the one for the
    action. May query the database.
    """
    if bearer(request) is None:
        user = owners.user_of(request)
    else:
        user = holder(request, stream_id, action)
    return user if may(user, permission or PERMISSIONS[action]) else None


async def amember(
    request: HttpRequest, stream_id: str, action: StreamAction, permission: str | None = None
) -> Any:
    """Return the same without blocking the event loop; a stranger costs no thread.

    A token that somebody could have read on its way is an entry in the log.
    """
    if bearer(request) is None and owners.is_stranger(request):
        return None
    found = await database_sync_to_async(member)(request, stream_id, action, permission)
    if found is not None and bearer(request) is not None:
        _warn_of_plain_http(request)
    return found


def _warn_of_plain_http(request: HttpRequest) -> None:
    address = request.META.get("REMOTE_ADDR", "")
    if request.scheme != "https" and address and not is_loopback(address):
        logger.warning(
            "a token of the staff came from %s over plain http, where others can read it; if a"
            " proxy ends TLS, SECURE_PROXY_SSL_HEADER says so",
            address,
        )
