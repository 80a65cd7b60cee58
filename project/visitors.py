"""The visitors of the site: who holds keys and kept answers."""

import hashlib
import re

from django.conf import settings
from django.http import HttpRequest

#: The secret in the cookie that the page of the site sets.
_COOKIE = re.compile(r"[A-Za-z0-9]{32,64}")


def holder_of(request: HttpRequest, owner: str | None) -> str | None:
    """Return a digest for an owner, or a stranger with the cookie of the page; None for others."""
    cookie = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    if owner is not None:
        return _digest(f"owner {owner}")
    return _digest(f"cookie {cookie}") if _COOKIE.fullmatch(cookie) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
