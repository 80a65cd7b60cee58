"""A batch: frames that were appended in one step."""

from __future__ import annotations

from typing import NamedTuple

#: An event ends with a blank line and has no other one, so batches need no lengths.
_EVENT_END = b"\n\n"


class Batch(NamedTuple):
    """Frames up to the number `last`, the version of the stream then, and its flags.

    A database counts the batches of a stream, and has that number in the place of the version.
    """

    last: int
    version: int
    bodies: list[bytes]
    cancelled: bool
    ended: bool

    @property
    def position(self) -> tuple[int, int]:
        """The place in the log. The version decides where a commit brought no frame."""
        return self.last, self.version

    @property
    def before(self) -> int:
        """The number of the last frame before the batch."""
        return self.last - len(self.bodies)


def split_frames(frames: bytes) -> list[bytes]:
    """Return the bodies of joined frames."""
    return [body + _EVENT_END for body in frames.split(_EVENT_END)[:-1]]
