"""The origin of a request: host, origin and CSRF, which consumers check without middleware."""

from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import is_same_domain

from .. import conf
from . import owners, sessions

#: The headers that a page of another origin may send.
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-CSRFToken"
#: The headers that such a page may see.
REPLY_HEADERS = "Content-Location, Location"
#: The schemes of `Authorization` that browsers use by themselves; "" for no such header.
BROWSER_SCHEMES = {"", "basic", "digest", "negotiate", "ntlm"}


def host_allowed(request: HttpRequest) -> bool:
    """Return whether the request names a host of `ALLOWED_HOSTS`, or no host."""
    try:
        return not request.headers.get("Host") or bool(request.get_host())
    except DisallowedHost:
        return False


def origin_allowed(request: HttpRequest) -> bool:
    """Return whether the request comes from this site, or from an origin that the settings name."""
    origin = request.headers.get("Origin")
    return origin is None or origin == _own_origin(request) or _is_foreign_allowed(origin)


def csrf_passed(request: HttpRequest, *, by_cookie: bool = False) -> bool:
    """Return whether a request whose rights a browser sends by itself has a CSRF token, too.

    Such rights are those of a session, and of each user that a middleware has found. A request
    without them needs no token: it has no rights of its sender. Neither does one whose rights come
    from a token that a script or a program has set, unless it has the cookie of a session.

    With `by_cookie` the site itself has read the request, and any cookie may have given the right.
    """
    if not (_has_ambient_rights(request) or (by_cookie and _has_credentials(request))):
        return True
    if django_settings.CSRF_USE_SESSIONS:
        sessions.complete(request)
        if request.session is None:  # then nothing holds a token
            return False
    middleware = CsrfViewMiddleware(_view)
    try:
        middleware.process_request(request)
        return middleware.process_view(request, _view, (), {}) is None
    except (MultiPartParserError, SuspiciousOperation):  # a form that can't be read has no token
        return False


async def acsrf_passed(request: HttpRequest, *, by_cookie: bool = False) -> bool:
    """Return the same; it takes a thread only if a session or a user has to be looked up."""
    by_name = sessions.is_named(request) or owners.is_stranger(request)
    if django_settings.CSRF_USE_SESSIONS or not by_name:
        return bool(await database_sync_to_async(csrf_passed)(request, by_cookie=by_cookie))
    return csrf_passed(request, by_cookie=by_cookie)


def _has_ambient_rights(request: HttpRequest) -> bool:
    if sessions.is_named(request):
        return True
    if owners.is_stranger(request) or _has_token(request):
        return False
    owners.complete(request)
    # A user of any kind: the site may know one that is no owner here.
    is_user = request.user is not None and getattr(request.user, "is_authenticated", True)
    return bool(is_user or owners.identities(request))


def _has_credentials(request: HttpRequest) -> bool:
    headers = request.headers
    return not _has_token(request) and ("Cookie" in headers or "Authorization" in headers)


def _has_token(request: HttpRequest) -> bool:
    """Return whether a request has a token that no browser sends by itself.

    A page of another origin can't set it: the browser would ask first, by a preflight.
    """
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    return scheme not in BROWSER_SCHEMES


def cors_headers(request: HttpRequest, methods: str = "") -> dict[str, str]:
    """Return the headers that let a page of another origin see the reply."""
    origin = request.headers.get("Origin")
    if origin is None or origin == _own_origin(request) or not _is_foreign_allowed(origin):
        return {"Vary": "Origin"}
    headers = {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": REPLY_HEADERS,
    }
    if origin in conf.get().ALLOWED_ORIGINS:
        headers["Access-Control-Allow-Credentials"] = "true"
    if methods:
        headers["Access-Control-Allow-Methods"] = methods
        headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        headers["Access-Control-Max-Age"] = "600"
    return headers


def _own_origin(request: HttpRequest) -> str:
    if not request.headers.get("Host") or not host_allowed(request):
        return ""
    return f"{request.scheme}://{request.get_host()}"


def _is_foreign_allowed(origin: str) -> bool:
    allowed = conf.get().ALLOWED_ORIGINS
    return origin in allowed or "*" in allowed or _is_trusted(origin)


def _is_trusted(origin: str) -> bool:
    scheme, _, host = origin.partition("://")
    trusted = (each.partition("://") for each in django_settings.CSRF_TRUSTED_ORIGINS)
    return any(
        scheme == allowed and is_same_domain(host, pattern.lstrip("*"))
        for allowed, _, pattern in trusted
    )


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
