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


def csrf_passed(request: HttpRequest) -> bool:
    """Return whether a request with the cookie of a session has its CSRF token, too.

    A request without that cookie has no rights of its sender, and needs no token. The cookie gives
    no rights either if the site keeps no sessions.
    """
    if django_settings.SESSION_COOKIE_NAME not in request.COOKIES or owners.is_stranger(request):
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


async def acsrf_passed(request: HttpRequest) -> bool:
    """Return the same; it takes a thread only if the tokens are kept in the session."""
    if django_settings.CSRF_USE_SESSIONS:
        return bool(await database_sync_to_async(csrf_passed)(request))
    return csrf_passed(request)


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
