from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ... import interventions, staff
from ...commandline import remote


class Command(BaseCommand):
    """Cancels a stream."""

    help = "Cancel a stream: over HTTP with --url, or in a shared store without."

    def add_arguments(self, parser: CommandParser) -> None:
        remote.add_arguments(parser)
        parser.add_argument("--reason", default="", help="why; it is written down")

    def handle(self, **options: Any) -> None:
        stream_id = options["stream"]
        if options["url"]:
            user = remote.member(options["user"], staff.CANCEL)
            state = remote.Site(options["url"], user).cancel(stream_id, options["reason"])["state"]
            self.stdout.write(f"{stream_id} is {state}")
            return
        remote.shared(stream_id)
        user = remote.member(options["user"], staff.CANCEL)
        taken = interventions.cancel(stream_id, user, options["reason"], via="shell")
        self.stdout.write(f"{stream_id} {'was cancelled' if taken else 'had ended already'}")
