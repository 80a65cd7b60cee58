"""Credentials that lie in the settings, where everyone who has the source can read them."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004

_NAMES = re.compile(r"(api_?key|token|secret|passw(or)?d|credentials?)$", re.IGNORECASE)


@register("sse_pipeline", deploy=True)
def check_credentials(**_: Any) -> list[CheckMessage]:
    """Check that the credentials of `SSE_PIPELINE` come from the environment."""
    given = getattr(django_settings, "SSE_PIPELINE", {})
    return [
        Warning(
            f"{where} holds a credential that does not come from the environment.",
            hint="Read it from an environment variable, or from a file that is not in the source.",
            id="sse_pipeline.W009",
        )
        for where, value in _walk("SSE_PIPELINE", given)
        if _is_credential(where, value) and value not in os.environ.values()
    ]


def _walk(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _walk(f"{where}[{key!r}]", each)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _walk(f"{where}[{number}]", each)


def _is_credential(where: str, value: str) -> bool:
    if not value:
        return False
    if _NAMES.search(where.rstrip("]'\"")):
        return True
    try:
        return bool(urlsplit(value).password)
    except ValueError:
        return False
