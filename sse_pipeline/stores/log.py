"""The log of one stream in this process: its numbered frames, and who waits for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import ClassVar, NamedTuple, Protocol

from ..frames import numbered
from .bell import Bell, Wake


class Slice(NamedTuple):
    """What a reader takes at once: the frames `first` to `last`, joined.

    Empty, `last` is below `first`. `first` is above the id that was asked for where frames between
    are no longer held.
    """

    first: int
    last: int
    data: bytes


class Place(Protocol):
    """A reader's place in a log: the id that it has got to."""

    after: int


class Sample(NamedTuple):
    """One frame of some, and when it was appended, by `time.monotonic`."""

    number: int
    at: float


class Log:
    """Frames 1, 2, 3 … as bytes. Any thread may append or take; nothing is kept per reader.

    Of more than `limit` bytes the oldest go, but for frame 1. `cancelled` and `ended` are what the
    last commit said; `ended` is set after the terminal frame was appended.
    """

    __slots__ = (
        "__weakref__", "_bells", "_dropped", "_frames", "_held", "_joined", "_limit", "_lock",
        "_places", "cancelled", "ended", "readers", "sample",
    )  # fmt: skip

    #: Seconds between two frames whose delivery is timed; None for no timing.
    sampling: ClassVar[float | None] = None

    def __init__(self, limit: int) -> None:
        self.cancelled = False
        self.ended = False
        #: How many wait for more.
        self.readers = 0
        self._limit = limit
        self._lock = threading.Lock()
        self._frames: list[bytes] = []
        self._dropped = 0  # how many frames after the first are gone
        self._held = 0
        self._joined: tuple[int, Slice] | None = None
        self._bells: dict[Bell, tuple[Wake, ...]] = {}
        self._places: set[Place] = set()
        #: The last frame whose delivery is timed.
        self.sample: Sample | None = None

    @property
    def last(self) -> int:
        """The id of the last frame; 0 for none."""
        return self._dropped + len(self._frames)

    @property
    def held(self) -> int:
        """The bytes that are held."""
        return self._held

    def append(self, bodies: Iterable[bytes]) -> None:
        """Add frames, numbered on; `ring` tells those who wait."""
        with self._lock:
            for body in bodies:
                frame = numbered(self.last + 1, body)
                self._frames.append(frame)
                self._held += len(frame)
            if self._held > self._limit:
                self._trim()
            if self.sampling is not None:
                self._take_sample(self.sampling)

    def skip(self, last: int) -> None:
        """Go on after the id `last`: of what was before, only frame 1 is held."""
        with self._lock:
            self._held -= sum(map(len, self._frames[1:]))
            del self._frames[1:]
            self._dropped = last - len(self._frames)

    def take(self, after: int, limit: int) -> Slice:
        """Join what follows an id: at most `limit` bytes, but one frame if there is any.

        Readers that follow each other at the same id share what was joined.
        """
        joined = self._joined
        if joined is not None and joined[0] == limit and joined[1].first == after + 1:
            return joined[1]
        with self._lock:
            first, frames = self._following(after, limit)
        taken = Slice(first, first + len(frames) - 1, b"".join(frames))
        self._joined = (limit, taken) if frames and self.readers > 1 else None
        return taken

    def tap(self, bell: Bell, wake: Wake) -> None:
        """Have a bell rung at each change; a loop's bell calls `wake` then, in the loop."""
        with self._lock:
            self._set(bell, (*self._bells.get(bell, ()), wake))

    def untap(self, bell: Bell, wake: Wake) -> None:
        """Take a tap back."""
        with self._lock:
            self._set(bell, tuple(each for each in self._bells.get(bell, ()) if each != wake))

    def follow(self, place: Place) -> None:
        """Count a reader among those who are inspected."""
        with self._lock:
            self._places.add(place)

    def unfollow(self, place: Place) -> None:
        """Take `follow` back."""
        with self._lock:
            self._places.discard(place)

    def places(self) -> list[int]:
        """Return the ids that the readers have got to."""
        with self._lock:
            return [place.after for place in self._places]

    def behind(self, after: int) -> tuple[int, int]:
        """Return how many frames follow an id, and how many bytes of them are held."""
        with self._lock:
            _, frames = self._following(after, self._held + 1)
            return max(0, self.last - after), sum(map(len, frames))

    def waiting(self, bell: Bell) -> tuple[Wake, ...]:
        """Return whom this bell is to wake."""
        return self._bells.get(bell, ())

    def ring(self) -> None:
        """Wake all who wait. Call it after a change, under no lock."""
        for bell in self._bells:
            bell.ring(self)

    def _set(self, bell: Bell, wakes: tuple[Wake, ...]) -> None:
        """Replace the taps of a bell; `ring` goes over the old ones undisturbed."""
        others = {each: taps for each, taps in self._bells.items() if each is not bell}
        self._bells = {**others, bell: wakes} if wakes else others
        self.readers = sum(map(len, self._bells.values()))

    def _take_sample(self, pause: float) -> None:
        now = time.monotonic()
        if self.sample is None or now - self.sample.at >= pause:
            self.sample = Sample(self.last, now)

    def _following(self, after: int, limit: int) -> tuple[int, list[bytes]]:
        first = after + 1
        if 1 < first <= self._dropped + 1:
            first = self._dropped + 2
        index = first - 1 if first == 1 else first - 1 - self._dropped
        stop = 1 if first == 1 and self._dropped else len(self._frames)
        return first, _within(limit, self._frames, index, stop)

    def _trim(self) -> None:
        spare = self._held - self._limit * 7 // 8  # some more, so as not to trim at each frame
        count, last = 1, len(self._frames) - 1
        while spare > 0 and count < last:
            spare -= len(self._frames[count])
            self._held -= len(self._frames[count])
            count += 1
        del self._frames[1:count]
        self._dropped += count - 1


def _within(limit: int, frames: list[bytes], start: int, stop: int) -> list[bytes]:
    index = start
    while index < stop and (limit > 0 or index == start):
        limit -= len(frames[index])
        index += 1
    if limit < 0 and index > start + 1:
        index -= 1
    return frames[start:index]
