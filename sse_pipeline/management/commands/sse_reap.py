from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import router

from ... import conf
from ...journal import reaper, retention
from ...models import Stream

DAY = 86400.0


class Command(BaseCommand):
    """Puts the journal in order."""

    help = "Close the streams of dead processes in the journal, and delete those that are too old."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", type=float, metavar="DAYS",
            help="delete what was opened longer ago; if not given, JOURNAL_KEEP",
        )  # fmt: skip

    def handle(self, **options: Any) -> None:
        closed = 0
        while count := reaper.reap(router.db_for_write(Stream)):
            closed += count
        days = options["keep"]
        keep = conf.get().JOURNAL_KEEP if days is None else days * DAY
        gone = 0 if keep is None else retention.purge(keep)
        self.stdout.write(f"{closed} streams closed, {gone} deleted")
