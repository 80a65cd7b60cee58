"""Requests of Django, with what middleware would have added."""

from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import cache
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.test import RequestFactory

from sse_pipeline.lifecycle.snapshot import Snapshot

ANN = SimpleNamespace(is_authenticated=True, pk=7)
NOBODY = AnonymousUser()
OWNED = Snapshot("1", owner="user:7")


def asked(session_key: str | None = None, **parts: Any) -> HttpRequest:
    """Make a request with a session's cookie, and what middleware would have added."""
    request = RequestFactory().get("/")
    if session_key is not None:
        request.COOKIES["sessionid"] = session_key
    for name, value in parts.items():
        setattr(request, name, value)
    return request


def session_with(**values: Any) -> SessionBase:
    session = cache.SessionStore()
    session.update(values)
    session.save()
    return session
