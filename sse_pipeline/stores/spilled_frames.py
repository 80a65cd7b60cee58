"""Frames of the content that a log has dropped: they are kept until the content is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from ..events.merging import Attributed, is_content


class SpilledFrames:
    """What a log dropped of the content of its stream, at most `limit` bytes. Not thread-safe.

    Audio and events that nobody declared are no content, and are not kept. `cut` tells whether
    frames of the content were lost.
    """

    __slots__ = ("_limit", "bytes", "cut", "frames")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.bytes = 0
        self.cut = False
        self.frames: list[Attributed] = []

    def keep(self, dropped: Sequence[Attributed]) -> None:
        """Keep those frames that are content, while there is room."""
        if not self._limit:  # a copy, or a log of a dialect, whose frames are no content
            self.cut = True
            return
        for component, frame in dropped:
            if self.cut or not is_content(frame):
                continue
            if self.bytes + len(frame) > self._limit:
                self.cut = True
            else:
                self.bytes += len(frame)
                self.frames.append((component, frame))

    def clear(self) -> None:
        """Keep nothing any more: there is no memory for it."""
        self.cut = True
        self.frames, self.bytes = [], 0
