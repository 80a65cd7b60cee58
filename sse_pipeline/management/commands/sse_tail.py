"""`manage.py sse_tail`: follows a stream in the terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, no_translations

from ...access import staff
from ...commandline import arguments, guard, streams_table
from ...commandline.remote_site import RemoteSite, RetryOptions
from ...commandline.shared_store import attach
from ...decoder import Decoder, Event
from ...escaping import escape_controls
from ...inspection.content import fields_of_event

_COLORS = {"complete": "green", "errored": "red", "stream_error": "red", "draining": "yellow"}


class Command(BaseCommand):
    """Follows a stream in the terminal."""

    help = "Follow a stream to its end: over HTTP with --url, or in the shared store without it."
    #: How a lost connection to a site is retried.
    retry = RetryOptions()

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_arguments(parser)
        parser.add_argument(
            "--raw",
            action="store_true",
            help="the bytes as they are sent; controls are escaped on a terminal",
        )

    @no_translations
    def handle(self, **options: Any) -> None:
        # Before the output is guarded: errors of the arguments are errors of the command.
        if options["url"]:
            user = arguments.find_member(options["user"], staff.FRAMES)
            site = RemoteSite(options["url"], user, self.retry, insecure=options["insecure"])
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
        shown = _escape_lines if self.stdout.isatty() else str
        for chunk in chunks:
            # A connection may be lost in the middle of a character.
            self.stdout.write(shown(chunk.decode(errors="backslashreplace")), ending="")
            self.stdout.flush()

    def _show(self, events: Iterable[Event]) -> None:
        console = streams_table.make_console(self.stdout, "--raw")
        from rich.text import Text  # noqa: PLC0415 - an extra

        for event in events:
            color = _COLORS.get(event.event, "bold")
            number, kind = escape_controls(event.id), escape_controls(event.event)
            line = Text.assemble((f"{number:>6} ", "dim"), (f"{kind:<13}", color))
            for name, value in fields_of_event(event):
                line.append(f" {escape_controls(name)} ", "dim").append(escape_controls(value))
            console.print(line, soft_wrap=True)


def _escape_lines(text: str) -> str:
    return "\n".join(map(escape_controls, text.split("\n")))


def _decode(chunks: Iterable[bytes]) -> Iterator[Event]:
    decoder = Decoder()
    for chunk in chunks:
        yield from decoder.feed(chunk)
