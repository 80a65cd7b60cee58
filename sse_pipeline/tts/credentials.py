"""Credentials by reference: a configuration says where to find a key, and never holds the key."""

import os
import re
from collections.abc import Callable

from sse_pipeline.tts.errors import SpeechConfigError

_ENVIRONMENT = "env:"
_REFERENCE = re.compile(_ENVIRONMENT + r"[A-Za-z_]\w*", re.ASCII)

CredentialReference = str | Callable[[], str] | None


def credential_reference(value: object) -> str | None:
    """Check for None, "env:NAME" or a callable. The complaint does not repeat the value."""
    if value is None or callable(value):
        return None
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return None
    return (
        'must be "env:NAME", which names an environment variable, or a callable; '
        "it must not be the key itself"
    )


def variable_of(reference: str) -> str:
    """Return the environment variable that a reference names."""
    return reference.removeprefix(_ENVIRONMENT)


def look_up_key(reference: CredentialReference) -> str | None:
    """Return the key that a reference names, or None if there is no reference.

    Raises:
        SpeechConfigError: The key is missing or empty. The message names the reference only.
    """
    if reference is None:
        return None
    if callable(reference):
        key, source = _call(reference), "the callable"
    else:
        source = variable_of(reference)
        key = os.environ.get(source, "")
    if not isinstance(key, str) or not key:
        raise SpeechConfigError(f"credentials: {source} gives no key")
    return key


def _call(reference: Callable[[], str]) -> str:
    try:
        return reference()
    except Exception as error:
        # The error of the callable may hold the key, so its message is not repeated.
        raise SpeechConfigError("credentials: the callable failed") from error
