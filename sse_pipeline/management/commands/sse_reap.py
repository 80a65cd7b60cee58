"""`manage.py sse_reap`: puts the journal and the archive in order."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.db import router

from ... import archive, conf
from ...commandline import guard
from ...journal import reaper, retention
from ...models import Stream

DAY = 86400.0
#: The most days that --keep takes: a century.
MOST_DAYS = 36500


class Command(BaseCommand):
    """Closes and deletes rows of the journal, and deletes streams from the archive."""

    help = (
        "Close the streams of dead processes in the journal, and delete old streams from it and"
        " from the archive."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", type=float, metavar="DAYS",
            help="delete ended streams that were opened longer ago; JOURNAL_KEEP if not given",
        )  # fmt: skip

    @no_translations
    def handle(self, **options: Any) -> None:
        keep, closed = _seconds(options["keep"]), 0
        with guard.database():
            while count := reaper.reap(router.db_for_write(Stream)):
                closed += count
            gone = 0 if keep is None else retention.purge(keep)
            swept = archive.sweep()
        archived = "" if conf.get().ARCHIVE is None else f", {swept} archived ones deleted"
        self.stdout.write(f"{closed} streams closed, {gone} deleted{archived}")


def _seconds(days: float | None) -> float | None:
    if days is None:
        return conf.get().JOURNAL_KEEP
    if not 0 <= days <= MOST_DAYS:
        raise CommandError(f"--keep: expected 0 to {MOST_DAYS} days, got {days:g}")
    return days * DAY
