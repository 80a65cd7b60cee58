"""`manage.py sse_streams`: lists the streams of the journal."""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, no_translations
from django.db.models import QuerySet

from ...commandline import guard, streams_table
from ...escaping import escape_controls
from ...lifecycle.snapshot import State
from ...models import Stream

#: The longest pause between two queries, in seconds.
DAY = 86400


class Command(BaseCommand):
    """Lists the streams of the journal."""

    help = "List the streams of the journal, the newest first."
    #: Waits between two queries.
    pause: Callable[[float], None] = staticmethod(time.sleep)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", choices=[str(state) for state in State])
        parser.add_argument("--reason", help="such as timeout")
        parser.add_argument("--owner", help="such as user:7")
        parser.add_argument("--limit", type=_positive, default=20, help="20 if not given")
        parser.add_argument("--json", action="store_true", help="one JSON document on each line")
        parser.add_argument(
            "--watch", type=_seconds, nargs="?", const=1.0, metavar="SECONDS",
            help="show the table again every so many seconds (1), until Ctrl-C",
        )  # fmt: skip

    @no_translations
    def handle(self, **options: Any) -> None:
        with guard.output(), guard.database():
            if options["json"]:
                for stream in _chosen(options):
                    self.stdout.write(json.dumps(streams_table.to_document(stream)))
            else:
                self._show(options)

    def _show(self, options: dict[str, Any]) -> None:
        console = streams_table.make_console(self.stdout, "--json")
        shown = _table(options, console.width)
        if options["watch"] is None:
            console.print(shown)
            return
        from rich.live import Live  # noqa: PLC0415 - an extra

        with Live(shown, console=console, auto_refresh=False) as live:
            while True:
                self.pause(options["watch"])
                live.update(_table(options, console.width), refresh=True)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("must be 1 or more")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number <= DAY:
        raise ArgumentTypeError(f"must be above 0 and at most {DAY}")
    return number


def _chosen(options: dict[str, Any]) -> QuerySet[Stream]:
    names = ("state", "reason", "owner")
    # The journal has them escaped.
    wanted = {name: escape_controls(options[name]) for name in names if options[name]}
    return Stream.objects.filter(**wanted).select_related("process")[: options["limit"]]


def _table(options: dict[str, Any], width: int) -> Any:
    streams = list(_chosen(options))
    return streams_table.make_table(streams, f"{len(streams)} streams, as of the journal", width)
