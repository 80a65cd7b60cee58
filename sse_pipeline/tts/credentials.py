"""Credentials by reference: a configuration says where a key is found, and never holds it."""

import os
import re
from collections.abc import Callable

from .exceptions import SpeechConfigError

_ENVIRONMENT = "env:"
_REFERENCE = re.compile(_ENVIRONMENT + r"[A-Za-z_]\w*", re.ASCII)

Reference = str | Callable[[], str] | None


def check_reference(reference: object) -> None:
    """Check that this is None, "env:NAME" or a callable.

    Raises:
        SpeechConfigError: It is something else, which the message does not repeat.
    """
    if reference is None or callable(reference):
        return
    if isinstance(reference, str) and _REFERENCE.fullmatch(reference):
        return
    raise SpeechConfigError(
        'credentials: expected "env:NAME", which names a variable of the environment, or a '
        "callable; not the key itself."
    )


def resolve(reference: Reference) -> str | None:
    """Return the key that is referred to; None if there is no reference.

    Raises:
        SpeechConfigError: It is missing or empty; the message names the reference alone.
    """
    if reference is None:
        return None
    if callable(reference):
        key, where = _call(reference), "the callable"
    else:
        where = reference.removeprefix(_ENVIRONMENT)
        key = os.environ.get(where, "")
    if not isinstance(key, str) or not key:
        raise SpeechConfigError(f"credentials: {where} gives no key.")
    return key


def _call(reference: Callable[[], str]) -> str:
    try:
        return reference()
    except Exception as error:
        raise SpeechConfigError("credentials: the callable failed.") from error
