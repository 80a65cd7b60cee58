"""The database of the demonstration: a file of SQLite, or PostgreSQL by its URL."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}


def database_of(address: str | Path) -> dict[str, Any]:
    """Return the settings of a database: of a file, or of a `postgresql://` URL.

    The query of the URL has options of libpq, such as the `host` that is the folder of a socket.
    """
    if not str(address).startswith("postgresql://"):
        return {**SQLITE, "NAME": address}
    url = urlsplit(str(address))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.removeprefix("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "OPTIONS": dict(parse_qsl(url.query)),
    }
