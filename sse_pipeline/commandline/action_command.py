"""A command that does one thing to a stream, over HTTP or in the shared store."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from ..access import staff
from ..access.actions import StreamAction
from ..exceptions import NotRecorded
from . import arguments
from .remote_site import RemoteSite
from .shared_store import attach

#: The most characters of a reason. The journal keeps no more.
LONGEST_REASON = 255


class ActionCommand(BaseCommand):
    """Does its `action` to a stream, and says whether it was `done` or the stream was `over`."""

    action: ClassVar[StreamAction]
    done: ClassVar[str]
    over: ClassVar[str]
    #: Does it in the shared store: takes a stream, a user, a reason and the way by which it came.
    act: Callable[..., bool]

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
        user = arguments.find_member(options["user"], staff.PERMISSIONS[self.action])
        if options["url"]:
            site = RemoteSite(options["url"], user, insecure=options["insecure"])
            taken = site.act(self.action, stream_id, reason)["taken"]
        else:
            try:
                taken = self.act(stream_id, user, reason, via="shell")
            except NotRecorded as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{stream_id} {self.done if taken else self.over}")


def _reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST_REASON:
        raise ArgumentTypeError(f"expected 1 to {LONGEST_REASON} characters")
    return text.strip()
