"""The address of a store, as it may be shown."""

import re

_SECRET = re.compile(r"(?<=//).*(?=@)|(?<=password=)[^&]*")


def shown(address: str) -> str:
    """Return an address without its user and its password."""
    return _SECRET.sub("***", address)
