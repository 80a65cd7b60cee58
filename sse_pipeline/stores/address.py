"""The address of a store: what it names, and how it may be shown."""

import re

_CREDENTIALS = re.compile(r"(?<=//).*(?=@)|(?<=password=)[^&]*")


_DATABASE = re.compile(r"database(?::(?P<alias>.+))?")


def alias_of(address: str) -> str | None:
    """Return the alias of the database that an address names; None if it names something else.

    It is empty for the database that the routers of the site choose.
    """
    match = _DATABASE.fullmatch(address)
    return (match["alias"] or "") if match else None


def without_credentials(address: str) -> str:
    """Return an address in which user and password are hidden."""
    return _CREDENTIALS.sub("***", address)
