"""The views of the demonstration site."""

import os

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from . import accounts, model
from .kept_answers import kept_answers
from .questions import MOST_TURNS

#: The page loads everything from this site.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_safe
@ensure_csrf_cookie
def index(request: HttpRequest) -> HttpResponse:
    """Show the page on which people type, listen, and watch components and state.

    It has the answers that were kept for this client.
    """
    context = {
        "may_enter": settings.DEBUG,
        "model": "" if model.missing() else os.environ["OPENAI_MODEL"],
        "most_turns": MOST_TURNS,
        "kept_answers": kept_answers(request),
    }
    response = render(request, "project/index.html", context)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


@require_POST
def enter_admin(request: HttpRequest) -> HttpResponse:
    """Show the streams in the admin, to the demonstration's member of the staff.

    The account is only for this machine: without `DEBUG` there is no such page.
    """
    if not settings.DEBUG:
        raise Http404
    if not getattr(request.user, "is_staff", False):
        login(request, accounts.demonstrator(), BACKEND)
    return redirect("admin:sse_pipeline_stream_changelist")
