"""`manage.py sse_forget`: deletes streams from the archive."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from ... import archive
from ...commandline import arguments, guard
from ...exceptions import StoreUnavailable


class Command(BaseCommand):
    """Deletes the archived streams of an owner, or single ones."""

    help = "Delete all streams of an owner from the archive, or single streams."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--user", metavar="KEY", help="the primary key of a user")
        which.add_argument(
            "--owner", metavar="NAME", help="an owner as the admin shows it, such as user:7"
        )
        which.add_argument(
            "--stream", type=arguments.stream_id, metavar="ID", help="the id of a stream"
        )

    @no_translations
    def handle(self, **options: Any) -> None:
        try:
            if archive.current() is None:
                raise CommandError("SSE_PIPELINE['ARCHIVE'] is not set")
        except (ImproperlyConfigured, StoreUnavailable) as error:
            raise CommandError(str(error)) from error
        with guard.database():
            self.stdout.write(f"{_forget(**options)} streams deleted")


def _forget(*, user: str | None, owner: str | None, stream: str | None, **_: Any) -> int:
    if stream is not None:
        return int(archive.remove(stream))
    return archive.forget(f"user:{user}" if owner is None else owner)
