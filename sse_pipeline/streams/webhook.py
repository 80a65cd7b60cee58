"""A finalizer that tells another service how a stream ended, and what it had.

Requests follow the Standard Webhooks: `webhook-id` is the same for each attempt,
`webhook-timestamp` says when this one was made, and `webhook-signature` is an HMAC of both and the
body. The receiver refuses an old timestamp, and an id that it has seen.
"""

from __future__ import annotations

import base64
import hmac
import time
import urllib.error
import urllib.request
from typing import Any

import orjson

from .. import conf
from .finalization import Finalization

#: Seconds that the other service may be silent for.
SILENCE = 10.0


class WebhookRefused(Exception):
    """The other service did not answer with 2xx."""


def post_to_webhook(finalization: Finalization, to: str) -> None:
    """Post the content of a stream to the webhook `to` of the setting `WEBHOOKS`.

    Raises:
        LookupError: The setting has no such webhook.
        WebhookRefused: The service answered with another status than 2xx; it may redirect nobody.
        OSError: The service can't be reached.
    """
    webhook = conf.get().WEBHOOKS.get(to)
    if webhook is None:
        raise LookupError(f"SSE_PIPELINE['WEBHOOKS'] has no {to!r}")
    body = orjson.dumps(document_of(finalization))
    headers = signed(webhook["secret"], str(finalization.token), int(time.time()), body)
    request = urllib.request.Request(  # noqa: S310 - the setting allows http and https alone
        webhook["url"], body, {**headers, "content-type": "application/json"}, method="POST"
    )
    try:
        with _opener.open(request, timeout=SILENCE):
            pass
    except urllib.error.HTTPError as error:
        error.close()
        raise WebhookRefused(f"webhook {to!r} answered with status {error.code}") from None


def document_of(finalization: Finalization) -> dict[str, Any]:
    """Return what a webhook gets as JSON."""
    outcome = "errored" if finalization.verdict else "complete"
    return {
        "type": f"stream.{outcome}",
        "data": {
            "stream": finalization.stream_id,
            "verdict": finalization.verdict,
            "stopped": finalization.stopped,
            "content": finalization.content.to_document(),
        },
    }


def signed(secret: str, number: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of the Standard Webhooks for a body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{number}.{timestamp}.".encode() + body, "sha256")
    return {
        "webhook-id": number,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would lead a signed request elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)
