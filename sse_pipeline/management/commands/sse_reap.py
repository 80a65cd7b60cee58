from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import router

from ... import conf
from ...commandline import guard
from ...journal import reaper, retention
from ...models import Stream

DAY = 86400.0
#: The most days that can be asked for: a century.
LONGEST = 36500


class Command(BaseCommand):
    """Puts the journal in order."""

    help = "Close the streams of dead processes in the journal, and delete those that are too old."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", type=float, metavar="DAYS",
            help="delete what was opened longer ago; if not given, JOURNAL_KEEP",
        )  # fmt: skip

    def handle(self, **options: Any) -> None:
        keep, closed = _seconds(options["keep"]), 0
        with guard.database():
            while count := reaper.reap(router.db_for_write(Stream)):
                closed += count
            gone = 0 if keep is None else retention.purge(keep)
        self.stdout.write(f"{closed} streams closed, {gone} deleted")


def _seconds(days: float | None) -> float | None:
    if days is None:
        return conf.get().JOURNAL_KEEP
    if not 0 <= days <= LONGEST:
        raise CommandError(f"--keep: expected 0 to {LONGEST} days, got {days:g}")
    return days * DAY
