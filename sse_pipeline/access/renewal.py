"""The renewal of a request: its sender as the site knows it now.

A request keeps the session and the user that were found when it came. While a stream is read, a
session may end, and a user may be deactivated.
"""

from typing import Any

from django.http import HttpRequest

from . import owners, sessions, users


def renew(request: HttpRequest) -> HttpRequest:
    """Return a request of the same sender, with the session and the user as they are now.

    It has the headers, the cookies and the scope of the first one, and no body. Queries the
    database.
    """
    owners.complete(request)
    renewed = HttpRequest()
    renewed.method, renewed.path, renewed.path_info = (
        request.method,
        request.path,
        request.path_info,
    )
    renewed.META, renewed.COOKIES, renewed.GET = request.META, request.COOKIES, request.GET
    renewed.session = sessions.reload(request.session)  # type: ignore[assignment]
    renewed.user = _renew_user(request, renewed)
    scope = getattr(request, "scope", None)
    if scope is not None:
        parts = {"session": renewed.session, "user": renewed.user}
        renewed.scope = {**scope, **parts}  # type: ignore[attr-defined]
    return renewed


def _renew_user(request: HttpRequest, renewed: HttpRequest) -> Any:
    user = request.user
    if user is None or users.is_of_session(user, request.session):
        return users.of_session(renewed)
    # The user of a middleware of the site's own, which does not run again.
    return users.reload(user)
