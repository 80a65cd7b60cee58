"""The arguments that name a stream, and the member of the staff that acts on it."""

import uuid
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ..access import staff, users
from . import guard


def add_arguments(parser: CommandParser) -> None:
    """Add the stream, and how it is reached."""
    parser.add_argument("stream", type=stream_id, help="the id of the stream")
    parser.add_argument("--url", help="where the site is served, such as http://127.0.0.1:8000")
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="let --url be another machine over plain http, where others can read the token",
    )
    parser.add_argument("--user", help="the member of the staff that acts; needs the permission")


def stream_id(text: str) -> str:
    """Return the id of a stream as the stores know it.

    Raises:
        ArgumentTypeError: The text is no id.
    """
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not the id of a stream") from None


def find_member(username: str | None, permission: str) -> Any:
    """Return the member of the staff with this name.

    Raises:
        CommandError: There is no such user, or the user may not do it.
    """
    if not username:
        raise CommandError("--user is missing: name the member of the staff that does it")
    if not users.installed():
        raise CommandError("--user: django.contrib.auth is not installed, so there are no users")
    with guard.database():
        user = users.named(username)
        if user is None:
            raise CommandError(f"--user: there is no user {username}")
        if not staff.may(user, permission):
            raise CommandError(f"--user: {username} is not active staff with {permission}")
    return user
