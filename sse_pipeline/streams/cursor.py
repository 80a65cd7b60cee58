"""The cursor: a place in a log. It holds a number, and no frames."""

from .. import frames
from ..stores.log import Log


class Cursor:
    """A place in a log, behind the frame with the id `after`.

    An id ahead of the log is not an id of this stream: the cursor starts again from the first
    frame, and says so by a `gap` with `reset`.
    """

    def __init__(self, log: Log, after: int = 0) -> None:
        self.log = log
        self.after = after
        self._prefix = b""
        if after > log.last:
            self.after = 0
            self._prefix = frames.reset()

    @property
    def ended(self) -> bool:
        """Whether the terminal frame was taken."""
        return self.log.ended and self.after == self.log.last

    def take(self, limit: int) -> bytes:
        """Take the frames that follow, joined: whole frames of about `limit` bytes, or nothing.

        A `gap` stands for frames that the log no longer holds.
        """
        taken = self.log.take(self.after, limit)
        prefix, self._prefix = self._prefix, b""
        if taken.last < taken.first:
            return prefix
        if taken.first > self.after + 1:
            prefix += frames.gap(self.after + 1, taken.first - 1)
        self.after = taken.last
        return prefix + taken.data

    def farewell(self) -> bytes:
        """Return nothing: a body that ends without a terminal frame means "come back"."""
        return b""
