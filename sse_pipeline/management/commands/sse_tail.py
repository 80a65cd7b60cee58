from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...access import staff
from ...commandline import guard, remote, table
from ...decoder import Decoder
from ...inspection.content import show, visible

_TONES = {"complete": "green", "errored": "red", "stream_error": "red", "draining": "yellow"}


class Command(BaseCommand):
    """Follows a stream in the terminal."""

    help = "Follow a stream to its end: over HTTP with --url, or in a shared store without."

    def add_arguments(self, parser: CommandParser) -> None:
        remote.add_arguments(parser)
        parser.add_argument("--raw", action="store_true", help="the bytes as they are sent")

    def handle(self, **options: Any) -> None:
        chunks = self._chunks(options)
        with guard.output():
            if options["raw"]:
                for chunk in chunks:
                    self.stdout.write(chunk.decode(), ending="")
                    self.stdout.flush()
            else:
                self._show(chunks)

    def _chunks(self, options: dict[str, Any]) -> Iterable[bytes]:
        if options["url"]:
            user = remote.member(options["user"], staff.FRAMES)
            return remote.Site(options["url"], user).events(options["stream"])
        return remote.shared(options["stream"])

    def _show(self, chunks: Iterable[bytes]) -> None:
        console = table.console(self.stdout, "--raw")
        from rich.text import Text  # noqa: PLC0415 - an extra

        decoder = Decoder()
        for chunk in chunks:
            for event in decoder.feed(chunk):
                frame = f"id: {event.id}\nevent: {event.event}\ndata: {event.data}\n\n"
                tone = _TONES.get(event.event, "bold")
                line = Text.assemble((f"{event.id:>6} ", "dim"), (f"{event.event:<13}", tone))
                for name, value in show(frame.encode()).fields:
                    line.append(f" {name} ", "dim").append(visible(value))
                console.print(line, soft_wrap=True)
