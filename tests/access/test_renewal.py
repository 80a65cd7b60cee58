"""The sender of a request as the site knows it now."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from sse_pipeline.access.renewal import renew


@pytest.mark.django_db
def test_a_user_of_a_middleware_is_loaded_again(rf: RequestFactory) -> None:
    user = User.objects.create(username="ann")
    request = rf.get("/")
    request.user = user
    assert renew(request).user == user
    User.objects.update(is_active=False)
    assert renew(request).user == AnonymousUser()
    request.user = User.objects.get()  # the middleware lets such users in
    assert renew(request).user == user
    User.objects.all().delete()
    assert renew(request).user == AnonymousUser()


def test_a_user_of_another_kind_stays(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.session, request.user = {}, SimpleNamespace(is_authenticated=True, pk=7)  # type: ignore[assignment]
    renewed = renew(request)
    assert (renewed.session, renewed.user) == (request.session, request.user)


@pytest.mark.django_db
def test_the_scope_has_the_sender_of_now() -> None:
    user = User.objects.create(username="ann")
    scope = {"type": "http", "method": "GET", "path": "/a/", "headers": [], "user": user}
    request = ASGIRequest(scope, BytesIO())
    User.objects.update(is_active=False)
    renewed = renew(request)
    assert renewed.scope["user"] == AnonymousUser()  # type: ignore[attr-defined]
    assert scope["user"] is user
