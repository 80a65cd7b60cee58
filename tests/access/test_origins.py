"""The origins of requests: the checks that Django's middleware would make."""

from typing import Any

import pytest
from django.contrib.sessions.backends import cache
from django.http import HttpRequest
from django.test import RequestFactory

from sse_pipeline.access import origins

FRIEND, TRUSTED, FOREIGN = (
    "https://friend.example",
    "https://a.trusted.example",
    "https://x.example",
)
TOKEN = "a" * 32


@pytest.fixture(autouse=True)
def origin_settings(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["site.example", "[::1]"]
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example", "http://exact.example:8080"]


def asked(host: str | None = "site.example", origin: str | None = None, **more: str) -> HttpRequest:
    headers = {"Host": host, "Origin": origin, **more}
    request = RequestFactory().get(
        "/", headers={name: value for name, value in headers.items() if value is not None}
    )
    if host is None:
        request.META.pop("HTTP_HOST", None)
    return request


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("site.example", True),
        ("site.example:8000", True),
        ("[::1]:8000", True),
        ("", True),
        (None, True),
        ("x.example", False),
        ("a.site.example", False),
        ("site.example/", False),
        ("site .example", False),
    ],
)
def test_a_host(host: str | None, allowed: bool) -> None:
    assert origins.host_allowed(asked(host)) is allowed


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        ("site.example", None, True),
        ("site.example", "http://site.example", True),
        ("site.example:8000", "http://site.example:8000", True),
        ("site.example:8000", "http://site.example", False),
        ("site.example", "https://site.example", False),
        ("site.example", "null", False),
        ("site.example", "", False),
        ("site.example", FRIEND, True),
        ("site.example", f"{FRIEND}:8000", False),
        ("site.example", f"{FRIEND}.x.example", False),
        ("site.example", TRUSTED, True),
        ("site.example", "https://trusted.example", True),
        ("site.example", "http://a.trusted.example", False),
        ("site.example", "https://nottrusted.example", False),
        ("site.example", "http://exact.example:8080", True),
        ("site.example", "http://exact.example", False),
        ("site.example", "http://a.exact.example:8080", False),
        ("site.example", FOREIGN, False),
        (None, "http://testserver", False),
        (None, FRIEND, True),
        ("x.example", "http://x.example", False),
    ],
)
def test_an_origin(host: str | None, origin: str | None, allowed: bool) -> None:
    assert origins.origin_allowed(asked(host, origin)) is allowed


def test_the_scheme_is_the_one_that_a_proxy_was_asked_by(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = asked(origin="https://site.example", **{"X-Forwarded-Proto": "https"})
    assert origins.origin_allowed(request)
    assert not origins.origin_allowed(asked(origin="https://site.example"))


@pytest.mark.parametrize(
    ("origin", "shared", "credentials"),
    [
        (None, None, None),
        ("http://site.example", None, None),
        (FRIEND, FRIEND, "true"),
        (TRUSTED, TRUSTED, None),
        (FOREIGN, None, None),
        ("null", None, None),
    ],
)
def test_what_a_page_of_another_origin_may_see(
    origin: str | None, shared: str | None, credentials: str | None
) -> None:
    headers = origins.cors_headers(asked(origin=origin))
    assert headers["Vary"] == "Origin"
    assert headers.get("Access-Control-Allow-Origin") == shared
    assert headers.get("Access-Control-Allow-Credentials") == credentials
    assert headers.get("Access-Control-Expose-Headers") == (shared and origins.REPLY_HEADERS)
    assert "Access-Control-Allow-Methods" not in headers


def test_a_preflight_is_told_more() -> None:
    headers = origins.cors_headers(asked(origin=FRIEND), "GET, OPTIONS")
    assert headers["Access-Control-Allow-Methods"] == "GET, OPTIONS"
    assert headers["Access-Control-Allow-Headers"] == origins.REQUEST_HEADERS
    assert headers["Access-Control-Max-Age"] == "600"
    assert origins.cors_headers(asked(origin=FOREIGN), "GET, OPTIONS") == {"Vary": "Origin"}


def test_every_origin_may_be_allowed_but_not_with_cookies(settings: Any) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": ["*"]}
    request = asked(origin=FOREIGN)
    assert origins.origin_allowed(request)
    headers = origins.cors_headers(request)
    assert headers["Access-Control-Allow-Origin"] == FOREIGN
    assert "Access-Control-Allow-Credentials" not in headers


# CSRF


def posted(
    cookies: dict[str, str],
    headers: dict[str, str],
    body: bytes = b"",
    kind: str = "application/json",
) -> HttpRequest:
    request = RequestFactory().generic(
        "POST", "/", body, kind, headers={"Host": "site.example", **headers}
    )
    request.COOKIES.update(cookies)
    return request


SESSION, BOTH = {"sessionid": "any"}, {"sessionid": "any", "csrftoken": TOKEN}
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("cookies", "headers", "passed"),
    [
        ({}, {}, True),
        ({"csrftoken": TOKEN}, {}, True),
        (SESSION, {}, False),
        (SESSION, {"X-CSRFToken": TOKEN}, False),
        (BOTH, {}, False),
        (BOTH, {"X-CSRFToken": TOKEN[1:]}, False),
        (BOTH, {"X-CSRFToken": "b" * 32}, False),
        (BOTH, {"X-CSRFToken": TOKEN}, True),
        (BOTH, {"X-CSRFToken": TOKEN, "Origin": "http://site.example"}, True),
        (BOTH, {"X-CSRFToken": TOKEN, "Origin": TRUSTED}, True),
        (BOTH, {"X-CSRFToken": TOKEN, "Origin": FOREIGN}, False),
    ],
)
def test_a_session_needs_its_token(
    cookies: dict[str, str], headers: dict[str, str], passed: bool
) -> None:
    assert origins.csrf_passed(posted(cookies, headers)) is passed


@pytest.mark.parametrize(
    ("kind", "body", "passed"),
    [
        (FORM, f"csrfmiddlewaretoken={TOKEN}".encode(), True),
        (FORM, b"csrfmiddlewaretoken=b", False),
        (FORM, b"&".join(b"a=1" for _ in range(2000)), False),
        ("multipart/form-data", b"", False),
        ("multipart/form-data; boundary=x", b"--x\r\n", False),
        ("multipart/form-data; boundary=\xff", b"", False),
    ],
)
def test_a_form_holds_the_token_or_none(kind: str, body: bytes, passed: bool) -> None:
    assert origins.csrf_passed(posted(BOTH, {}, body, kind)) is passed


def test_the_token_may_be_kept_in_the_session(settings: Any) -> None:
    settings.CSRF_USE_SESSIONS = True
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    session = cache.SessionStore()
    session["_csrftoken"] = TOKEN
    session.save()
    cookies = {"sessionid": str(session.session_key)}
    assert origins.csrf_passed(posted(cookies, {"X-CSRFToken": TOKEN}))
    assert not origins.csrf_passed(posted(cookies, {"X-CSRFToken": "b" * 32}))
    assert not origins.csrf_passed(posted(BOTH, {"X-CSRFToken": TOKEN}))
