from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...access import staff
from ...commandline import remote
from ...inspection import interventions

#: Characters of a reason that are kept.
LONGEST = 255


class Command(BaseCommand):
    """Cancels a stream."""

    help = "Cancel a stream: over HTTP with --url, or in a shared store without."

    def add_arguments(self, parser: CommandParser) -> None:
        remote.add_arguments(parser)
        parser.add_argument("--reason", type=_reason, required=True, help="why; it is written down")

    def handle(self, **options: Any) -> None:
        stream_id, reason = options["stream"], options["reason"]
        if not options["url"]:
            remote.shared(stream_id)
        user = remote.member(options["user"], staff.CANCEL)
        if options["url"]:
            taken = remote.Site(options["url"], user).cancel(stream_id, reason)["taken"]
        else:
            taken = interventions.cancel(stream_id, user, reason, via="shell")
        self.stdout.write(f"{stream_id} {'was cancelled' if taken else 'had ended already'}")


def _reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST:
        raise ArgumentTypeError(f"expected 1 to {LONGEST} characters")
    return text.strip()
