"""The views of the demonstration site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from .kept_answers import kept_answers

#: The page loads everything from this site.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@require_safe
@ensure_csrf_cookie
def index(request: HttpRequest) -> HttpResponse:
    """Show the page on which people type, listen, and watch components and state.

    It has the answers that were kept for this client.
    """
    response = render(request, "project/index.html", {"kept_answers": kept_answers(request)})
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
