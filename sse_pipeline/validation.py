"""Checks of values that come from outside: settings, configurations, documents of requests.

A check is a function that returns what is wrong with a value, such as "must be a string", or None.
The caller knows the name of the field, and raises the error of its own layer.
"""

import base64
import math
import re
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from typing import TypeGuard
from urllib.parse import urlsplit

Check = Callable[[object], str | None]

#: The longest duration in seconds, which is 31 years. A longer one overflows what waits for it: a
#: lock of Python takes 9.2e9 seconds at most.
LONGEST = 1e9

#: The largest number that a store can hold as an id, and that still has one behind it.
_LARGEST = 2**63 - 2

_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_LOCATION = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?", re.ASCII)


def string(value: object) -> str | None:
    """Check for a string."""
    return None if isinstance(value, str) else "must be a string"


def shortened(text: str, most: int) -> str:
    """Return the first `most` characters of a text, and how many more it has."""
    left = len(text) - most
    return text if left <= 0 else f"{text[:most]}… ({left:,} characters more)"


def shown(value: object) -> str:
    """Return how a message shows a value that was refused: at most about 200 characters."""
    return repr(shortened(value, 200)) if isinstance(value, str) else shortened(repr(value), 200)


def filled_string(value: object) -> str | None:
    """Check for a string that is not blank and that UTF-8 can encode."""
    if isinstance(value, str) and not value.strip():
        return "must not be empty"
    return _encodable(value)


def short_string(most: int, check: Check | None = None) -> Check:
    """Return a check for a string of at most `most` characters that UTF-8 can encode.

    The other check, if any, sees only such strings.
    """

    def check_all(value: object) -> str | None:
        if isinstance(value, str) and len(value) > most:
            return f"must not be longer than {most} characters"
        return _encodable(value) or (check(value) if check else None)

    return check_all


def variable_name(value: object) -> str | None:
    """Check for the name of an environment variable."""
    fits = isinstance(value, str) and _VARIABLE.fullmatch(value) is not None
    return None if fits else "must be the name of an environment variable"


def network_location(value: object) -> str | None:
    """Check for a host, with a port or without one."""
    fits = isinstance(value, str) and _LOCATION.fullmatch(value) is not None
    return None if fits else "must be a host such as 'example.com' or 'localhost:8880'"


def absolute_path(value: object) -> str | None:
    """Check for the absolute path of a file or a folder."""
    fits = isinstance(value, str) and value.startswith("/") and "\0" not in value
    return None if fits else "must be an absolute path"


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host, by its name or its address."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_webhook(value: object) -> bool:
    """Return whether a value has the address and the secret of a webhook, and nothing else."""
    if not isinstance(value, Mapping) or set(value) != {"url", "secret"}:
        return False
    url, secret = value["url"], value["secret"]
    if not isinstance(url, str) or not isinstance(secret, str):
        return False
    try:
        parts = urlsplit(url)
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_address and secret.startswith("whsec_") and 24 <= len(key) <= 64


def boolean(value: object) -> str | None:
    """Check for True or False."""
    return None if isinstance(value, bool) else "must be true or false"


def mapping(value: object) -> str | None:
    """Check for a mapping."""
    return None if isinstance(value, Mapping) else "must be a mapping"


def positive(noun: str = "a positive number", *, most: float = math.inf) -> Check:
    """Return a check for a finite number above 0, up to `most`; `noun` is for the message."""

    def check(value: object) -> str | None:
        fits = _is_number(value) and 0 < value < math.inf and value <= most
        return None if fits else f"must be {noun}"

    return check


def positive_whole(*, most: float = math.inf) -> Check:
    """Return a check for a whole number above 0, up to `most`."""

    def check(value: object) -> str | None:
        fits = _is_number(value) and isinstance(value, int) and 0 < value <= most
        return None if fits else "must be a positive whole number"

    return check


def whole_or_zero(*, most: float = math.inf) -> Check:
    """Return a check for a whole number from 0, up to `most`."""

    def check(value: object) -> str | None:
        fits = _is_number(value) and isinstance(value, int) and 0 <= value <= most
        return None if fits else "must be a whole number from 0"

    return check


def header_name(value: object) -> str | None:
    """Check for the name of an HTTP header."""
    fits = isinstance(value, str) and _HEADER.fullmatch(value) is not None
    return None if fits else "must be the name of a header"


def between(least: float, most: float) -> Check:
    """Return a check for a number from `least` to `most`; whole if both bounds are whole."""
    whole = isinstance(least, int) and isinstance(most, int)
    noun = "a whole number" if whole else "a number"

    def check(value: object) -> str | None:
        right_kind = isinstance(value, int) or not whole
        fits = right_kind and _is_number(value) and least <= value <= most
        return None if fits else f"must be {noun} from {least} to {most}"

    return check


def one_of(choices: Collection[str]) -> Check:
    """Return a check for one of some strings."""
    listed = " or ".join(repr(choice) for choice in choices)
    return lambda value: None if value in choices else f"must be {listed}"


def optional(check: Check) -> Check:
    """Return a check that lets None pass, too."""
    return lambda value: None if value is None else check(value)


def sequence_of(check: Check, noun: str) -> Check:
    """Return a check for a list or a tuple whose items all pass; `noun` describes the list."""

    def check_all(value: object) -> str | None:
        fits = isinstance(value, list | tuple) and not any(map(check, value))
        return None if fits else f"must be {noun}"

    return check_all


def first_complaint(
    given: Mapping[str, object], checks: Mapping[str, Check]
) -> tuple[str, str] | None:
    """Return the first key that is unknown or has a wrong value, and what is wrong; else None."""
    for key, value in given.items():
        if key not in checks:
            return key, f"is not a known key; the keys are {', '.join(checks)}"
        if complaint := checks[key](value):
            return key, complaint
    return None


def whole_number(text: str) -> int | None:
    """Return the number of a text of decimal digits; None for another text.

    A number that is too large for a store is about 9.2e18.
    """
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < 19 else _LARGEST


def is_duration(value: object) -> bool:
    """Return whether a value is a positive number of seconds that a clock can count."""
    return positive(most=LONGEST)(value) is None


def _encodable(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be a string"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "must not contain a lone surrogate"
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
