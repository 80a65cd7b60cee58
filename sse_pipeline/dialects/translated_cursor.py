"""The cursor of a reader that reads a log in a dialect."""

from .base import Breach
from .translation import Translation


class TranslatedCursor:
    """A place in a log: behind the frame with the id `after`. It yields what a dialect makes of it.

    The client holds the first `held` events. A client that can't get what follows is told so by the
    dialect's `breach`, once, and that is the end.
    """

    def __init__(self, translation: Translation, held: int = 0) -> None:
        self.log = translation.source
        self.after = 0
        self._translation = translation
        self._held = held
        self._broken = False

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self._broken or (self.log.ended and self.after == self.log.last)

    def take(self, limit: int) -> bytes:
        """Take the events that follow, joined. No bytes do not mean that no frame was taken."""
        if self._broken:
            return b""
        self._translation.advance(limit)
        if self._held:
            return self._resume()
        taken = self._translation.log.take(self.after, limit)
        if taken.last < taken.first:
            failure = self._translation.failure
            return self._break(failure) if failure else b""
        if taken.first > self.after + 1:
            return self._break(Breach.GAP)
        self.after = taken.last
        return taken.data

    def farewell(self) -> bytes:
        """Return what a client is told whose body ends here; nothing at the end of the stream."""
        if self._broken or (self.ended and self._translation.finished):
            return b""
        return self._break(Breach.INTERRUPTED)

    def _resume(self) -> bytes:
        """Find the first event that the client does not hold, as soon as it is translated."""
        number = self._translation.frame_of(self._held)
        if number is None:
            current = self._translation.is_current
            return self._break(self._translation.failure or Breach.RESET) if current else b""
        rest = self._translation.count(number) - self._held
        taken = self._translation.log.take(number - 1, 1)
        if taken.first != number:
            return self._break(Breach.GAP)
        self.after, self._held = number, 0
        events = taken.data.split(b"\n\n")[:-1]
        return b"".join(event + b"\n\n" for event in events[len(events) - rest :])

    def _break(self, reason: Breach) -> bytes:
        self._broken = True
        return self._translation.dialect.breach(reason)
