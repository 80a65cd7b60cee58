"""What streams tell of themselves to the traces: nothing, until `stream_spans` is connected."""

from __future__ import annotations

from collections.abc import Mapping

from ..lifecycle.snapshot import Snapshot


class TracedWork:
    """The work on a component in a context. Here it leaves no trace."""

    def end(self, error: BaseException | None) -> None:
        """Take note that the context is left, by an error or not."""


NO_WORK = TracedWork()


class TraceHooks:
    """What is done without traces: nothing. `stream_spans` overrides all of it."""

    def open(self, draft: Snapshot) -> Snapshot:
        """Return the draft of a stream that is about to be opened, with its span."""
        return draft

    def begin(
        self, stream_id: str, carrier: Mapping[str, str], name: str, attempt: int | None
    ) -> TracedWork:
        """Begin the work on a component. `carrier` is the `trace` of its stream."""
        return NO_WORK

    def leave(self, stream_id: str, snapshot: Snapshot | None) -> None:
        """Take note that a stream has ended, as a snapshot says, or is not there (None)."""


#: The hooks in force.
current = TraceHooks()


def use(hooks: TraceHooks | None) -> None:
    """Put hooks in force; None puts those in force that do nothing."""
    global current  # noqa: PLW0603 - a name that is looked up, and no call, for each stream
    current = hooks or TraceHooks()
