"""Credentials in the settings, where each reader of the source code can read them."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004

_NAMES = re.compile(r"(api_?key|token|secret|passw(or)?d|credentials?)$", re.IGNORECASE)
#: Settings that another rule checks, or Django itself.
_CHECKED_ELSEWHERE = {"SSE_PIPELINE", "SECRET_KEY"}


@register("sse_pipeline", deploy=True)
def check_credentials(**_: Any) -> list[CheckMessage]:
    """Check that the credentials of streams and of speech come from the environment.

    The credentials of speech are the key `credentials` of any mapping in the settings: the name of
    the setting is up to the site.
    """
    return [
        Warning(
            f"{where} holds a credential that does not come from the environment.",
            hint="Read it from an environment variable, or from a file that is not in the source.",
            id="sse_pipeline.W009",
        )
        for where, value in _candidates()
        if not value.startswith("env:") and value not in os.environ.values()
    ]


def _candidates() -> Iterator[tuple[str, str]]:
    for where, value in _walk("SSE_PIPELINE", getattr(django_settings, "SSE_PIPELINE", {})):
        if _is_credential(where, value):
            yield where, value
    # Only what the site itself sets: to read a default may warn that the setting is deprecated.
    is_own: Callable[[str], bool] = django_settings.is_overridden  # type: ignore[misc]
    for name in sorted({*filter(is_own, dir(django_settings))} - _CHECKED_ELSEWHERE):
        for where, value in _walk(name, getattr(django_settings, name)):
            if value and where.endswith("['credentials']"):
                yield where, value


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
