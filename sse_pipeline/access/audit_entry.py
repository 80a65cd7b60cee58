"""The audit: what somebody does to a stream from outside, and who, why and by which way."""

from dataclasses import dataclass, field
from typing import Any

from .. import signals


@dataclass
class AuditEntry:
    """One action on a stream. Its methods use the database.

    An action that nobody could trace is not done: `begin` comes before it.
    """

    stream_id: str
    #: The name of a user, or the owner that a session is.
    who: str
    action: str
    reason: str
    #: `admin`, `http` or `shell` for the staff; the right of another sender.
    via: str
    component: str = ""
    #: The row in which the action is written down, if it is.
    row: Any = field(default=None, compare=False)

    def begin(self) -> None:
        """Write down that the action is about to be done.

        Raises:
            NotRecorded: It could not be written. The action must not be done.
        """
        signals.intervening.send(type(self), entry=self)

    def end(self, *, taken: bool) -> None:
        """Write down whether the action changed anything, and tell the receivers of `intervened`.

        An entry that was not begun is written whole. What can't be written now is in the log.
        """
        signals.notify(
            signals.intervened,
            type(self),
            stream_id=self.stream_id,
            who=self.who,
            action=self.action,
            component=self.component,
            reason=self.reason,
            via=self.via,
            taken=taken,
            entry=self,
        )
