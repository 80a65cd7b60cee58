"""Idempotency: the same key of the same client gives the same stream again.

Keys are rows in the database of the site: they are not pickled, and all processes share them. Each
client has a namespace and a bound of its own, and so can't take, find or push out keys of others.
"""

import datetime as dt
import hashlib
import re
from typing import NamedTuple

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from sse_pipeline import conf
from sse_pipeline.http.endpoint import Refusal

from .models import AnswerKey

HEADER = "Idempotency-Key"
#: The longest key, in characters.
LONGEST_KEY = 255
#: The most keys of one client. One more pushes out the oldest of that client.
MOST_KEYS = 100

#: The secret in the cookie that the page of the site sets.
_COOKIE = re.compile(r"[A-Za-z0-9]{32,64}")


class HeldKey(NamedTuple):
    """A key in the namespace of the client that holds it. Both are digests."""

    holder: str
    key: str


def held_key(request: HttpRequest, owner: str | None) -> HeldKey | None:
    """Return the key of a request; None if it has none.

    The holder is the owner of what the request opens. A stranger is known by the cookie of the
    page. Strangers without it can't be told apart, and so have no keys.

    Raises:
        Refusal: The key is too long, or the client can't be told apart from others.
    """
    key = request.headers.get(HEADER)
    if not key:
        return None
    if len(key) > LONGEST_KEY:
        raise Refusal(400, f"must not be longer than {LONGEST_KEY} characters", HEADER)
    holder = holder_of(request, owner)
    if holder is None:
        raise Refusal(
            400, f"needs a login or the cookie {settings.CSRF_COOKIE_NAME} of the page", HEADER
        )
    return HeldKey(holder, _digest(key))


def holder_of(request: HttpRequest, owner: str | None) -> str | None:
    """Return a digest for an owner, or a stranger with the cookie of the page; None for others."""
    cookie = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    if owner is not None:
        return _digest(f"owner {owner}")
    return _digest(f"cookie {cookie}") if _COOKIE.fullmatch(cookie) else None


@database_sync_to_async  # type: ignore[untyped-decorator]
def find(held: HeldKey) -> AnswerKey | None:
    """Return the row of a key, unless it is too old for its stream to be kept."""
    return AnswerKey.objects.filter(**held._asdict(), at__gte=_oldest()).first()


@database_sync_to_async  # type: ignore[untyped-decorator]
def claim(held: HeldKey, stream_id: str, question: str) -> bool:
    """Write that a stream answers a key; return False if another one does. One request wins."""
    AnswerKey.objects.filter(at__lt=_oldest()).delete()
    try:
        with transaction.atomic():
            AnswerKey.objects.create(
                **held._asdict(), stream_id=stream_id, question=question, at=timezone.now()
            )
    except IntegrityError:
        return False
    mine = AnswerKey.objects.filter(holder=held.holder).order_by("-at", "-pk")
    AnswerKey.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST_KEYS:])).delete()
    return True


@database_sync_to_async  # type: ignore[untyped-decorator]
def forget(row: AnswerKey) -> None:
    """Delete a key whose stream is gone."""
    AnswerKey.objects.filter(pk=row.pk, stream_id=row.stream_id).delete()


def _oldest() -> dt.datetime:
    limits = conf.get()
    return timezone.now() - dt.timedelta(seconds=(limits.DEADLINE or 86400.0) + limits.KEEP)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
