"""`manage.py sse_tail`: follows a stream in the terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...access import staff
from ...commandline import arguments, guard, streams_table
from ...commandline.remote_site import RemoteSite, RetryOptions
from ...commandline.shared_store import attach
from ...decoder import Decoder, Event
from ...inspection.content import escape_controls, fields_of_event

_COLORS = {"complete": "green", "errored": "red", "stream_error": "red", "draining": "yellow"}


class Command(BaseCommand):
    """Follows a stream in the terminal."""

    help = "Follow a stream to its end: over HTTP with --url, or in the shared store without it."
    #: How a lost connection to a site is retried.
    retry = RetryOptions()

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_arguments(parser)
        parser.add_argument("--raw", action="store_true", help="the bytes as they are sent")

    def handle(self, **options: Any) -> None:
        # Before the output is guarded: errors of the arguments are errors of the command.
        if options["url"]:
            user = arguments.find_member(options["user"], staff.FRAMES)
            site = RemoteSite(options["url"], user, self.retry)
            chunks: Iterable[bytes] = site.chunks(options["stream"])
            events = site.events(options["stream"])
        else:
            chunks = attach(options["stream"])
            events = _decode(chunks)
        with guard.output():
            if options["raw"]:
                self._write_raw(chunks)
            else:
                self._show(events)

    def _write_raw(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.stdout.write(chunk.decode(), ending="")
            self.stdout.flush()

    def _show(self, events: Iterable[Event]) -> None:
        console = streams_table.make_console(self.stdout, "--raw")
        from rich.text import Text  # noqa: PLC0415 - an extra

        for event in events:
            color = _COLORS.get(event.event, "bold")
            line = Text.assemble((f"{event.id:>6} ", "dim"), (f"{event.event:<13}", color))
            for name, value in fields_of_event(event):
                line.append(f" {name} ", "dim").append(escape_controls(value))
            console.print(line, soft_wrap=True)


def _decode(chunks: Iterable[bytes]) -> Iterator[Event]:
    decoder = Decoder()
    for chunk in chunks:
        yield from decoder.feed(chunk)
