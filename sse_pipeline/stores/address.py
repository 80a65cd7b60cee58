"""The address of a store, as it may be shown."""

import re

_CREDENTIALS = re.compile(r"(?<=//).*(?=@)|(?<=password=)[^&]*")


def without_credentials(address: str) -> str:
    """Return an address in which user and password are hidden."""
    return _CREDENTIALS.sub("***", address)
