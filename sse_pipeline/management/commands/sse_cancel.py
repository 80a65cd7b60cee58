"""`manage.py sse_cancel`: cancels a stream."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from ...access import staff
from ...commandline import arguments
from ...commandline.remote_site import RemoteSite
from ...commandline.shared_store import attach
from ...exceptions import NotRecorded
from ...inspection import interventions

#: The most characters of a reason. The journal keeps no more.
LONGEST_REASON = 255


class Command(BaseCommand):
    """Cancels a stream."""

    help = "Cancel a stream: over HTTP with --url, or in the shared store without it."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_arguments(parser)
        parser.add_argument(
            "--reason", type=_reason, required=True, help="why; the journal keeps it"
        )

    @no_translations
    def handle(self, **options: Any) -> None:
        stream_id, reason = options["stream"], options["reason"]
        if not options["url"]:
            attach(stream_id)  # first: if the stream is not here, permissions do not matter
        user = arguments.find_member(options["user"], staff.CANCEL)
        if options["url"]:
            site = RemoteSite(options["url"], user, insecure=options["insecure"])
            taken = site.cancel(stream_id, reason)["taken"]
        else:
            try:
                taken = interventions.cancel(stream_id, user, reason, via="shell")
            except NotRecorded as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{stream_id} {'was cancelled' if taken else 'had ended already'}")


def _reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST_REASON:
        raise ArgumentTypeError(f"expected 1 to {LONGEST_REASON} characters")
    return text.strip()
