"""The log of one stream in this process: its numbered frames, and the bells that it rings.

A queue for each client would hold each frame as often as there are clients, and would grow with the
slowest. Here the frames are held once, as the bytes that every reader gets, and a reader holds the
number of the last frame that it took. `_frames[0]` is frame 1 and stays: it names the stream.
`_dropped` counts the frames behind it that are gone, so that the list goes on with frame
`_dropped + 2`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import ClassVar, NamedTuple, Protocol

from ..events.merging import Attributed, KeptFrames
from ..frames import numbered
from .bell import Bell, Wake
from .spilled_frames import SpilledFrames

#: The bytes that a frame takes beside its body, about: its id, the head of an object, a place in a
#: list.
FRAME_BYTES = 50


_ENDS = (b"event: complete\n", b"event: errored\n")


class Slice(NamedTuple):
    """The frames `first` to `last`, joined.

    If the slice is empty, `last` is below `first`. `first` is above the id that was asked for if
    the frames between are no longer held.
    """

    first: int
    last: int
    data: bytes


class Place(Protocol):
    """The place of a reader in a log: the id that it has reached."""

    after: int


class Sample(NamedTuple):
    """A frame whose delivery is timed, and when it was appended, by `time.monotonic`."""

    number: int
    at: float


class Log:
    """Frames 1, 2, 3 … as bytes. Any thread may append or take.

    The log holds at most `limit` bytes: the oldest frames go, except frame 1. Those of them that
    are content are kept apart, at most `content_limit` bytes. `cancelled` and
    `ended` are the flags of the last commit. `ended` is set after the terminal frame was appended.
    """

    __slots__ = (
        "__weakref__", "_bells", "_components", "_dropped", "_frames", "_held", "_joined",
        "_limit", "_lock", "_places", "_spilled", "cancelled", "ended", "failure", "readers",
        "sample",
    )  # fmt: skip

    _sampling: ClassVar[float | None] = None
    #: Makes the frame that is held of its id and its body.
    _frame_of = staticmethod(numbered)

    def __init__(self, limit: int, content_limit: int = 0) -> None:
        self.cancelled = False
        self.ended = False
        #: Why the log can't be filled any more; None while it can.
        self.failure: Exception | None = None
        #: The number of callbacks that wait for more.
        self.readers = 0
        #: The last frame whose delivery is timed.
        self.sample: Sample | None = None
        self._limit = limit
        #: Guards all fields below. Nothing is called while it is held: bells ring without it.
        self._lock = threading.Lock()
        self._frames: list[bytes] = []
        #: The component of each frame.
        self._components: list[str | None] = []
        self._spilled = SpilledFrames(content_limit)
        self._dropped = 0
        self._held = 0
        self._joined: tuple[int, Slice] | None = None
        self._bells: dict[Bell, tuple[Wake, ...]] = {}
        self._places: set[Place] = set()

    @staticmethod
    def sample_deliveries(every: float | None) -> None:
        """Time the delivery of a frame of each log, every so many seconds; None for no timing.

        The setting holds for all logs of the process.
        """
        Log._sampling = every

    @property
    def last(self) -> int:
        """The id of the last frame; 0 for no frame."""
        return self._dropped + len(self._frames)

    @property
    def held(self) -> int:
        """The number of bytes that are held."""
        return self._held

    @property
    def footprint(self) -> int:
        """The bytes of memory that the frames take, about."""
        return self._held + self._spilled.bytes + FRAME_BYTES * len(self._frames)

    def append(self, bodies: Iterable[bytes], component: str | None = None) -> None:
        """Append frames of a component, and number them. The caller rings afterwards."""
        with self._lock:
            number = self._dropped + len(self._frames)
            for body in bodies:
                number += 1
                frame = self._frame_of(number, body)
                self._frames.append(frame)
                self._components.append(component)
                self._held += len(frame)
            if self._held > self._limit:
                self._trim()
            if self._sampling is not None:
                self._take_sample(self._sampling)

    def skip(self, last: int) -> None:
        """Go on behind the id `last`: of the frames before it only frame 1 is held."""
        with self._lock:
            self._held -= sum(map(len, self._frames[1:]))
            del self._frames[1:], self._components[1:]
            self._dropped = last - len(self._frames)
            self._spilled.cut = True

    def shrink(self, limit: int) -> None:
        """Drop the oldest frames until `limit` bytes are held; frame 1 and the last frame stay.

        Nothing is kept of what is dropped, nor of what was dropped before.
        """
        with self._lock:
            if self._drop(self._held - limit) or self._spilled.frames:
                self._spilled.clear()

    def kept(self) -> KeptFrames:
        """Return the frames that are kept. The terminal frame is left for the readers."""
        with self._lock:
            held = _attributed(self._components, self._frames)
            until, spilled, cut = self.last, [*self._spilled.frames], self._spilled.cut
        if held and held[-1][1].startswith(_ENDS):  # `ended` is set a moment later
            until -= 1
        return KeptFrames(until, spilled + held, cut)

    def take(self, after: int, limit: int) -> Slice:
        """Join the frames that follow an id: at most `limit` bytes, but one frame if there is one.

        Readers that follow each other at the same id share the joined bytes.
        """
        # Read without the lock: the tuple is replaced as a whole, and its frames never change.
        joined = self._joined
        if joined is not None and joined[0] == limit and joined[1].first == after + 1:
            return joined[1]
        with self._lock:
            first, frames = self._following(after, limit)
        taken = Slice(first, first + len(frames) - 1, b"".join(frames))
        self._joined = (limit, taken) if frames and self.readers > 1 else None
        return taken

    def tap(self, bell: Bell, wake: Wake) -> None:
        """Ring a bell at each change. The bell of a loop calls `wake` in the loop."""
        with self._lock:
            self._set(bell, (*self._bells.get(bell, ()), wake))

    def untap(self, bell: Bell, wake: Wake) -> None:
        """Take a `tap` back."""
        with self._lock:
            self._set(bell, tuple(each for each in self._bells.get(bell, ()) if each != wake))

    def follow(self, place: Place) -> None:
        """Show a reader to those who inspect the log."""
        with self._lock:
            self._places.add(place)

    def unfollow(self, place: Place) -> None:
        """Take a `follow` back."""
        with self._lock:
            self._places.discard(place)

    def places(self) -> list[int]:
        """Return the ids that the readers have reached."""
        with self._lock:
            return [place.after for place in self._places]

    def behind(self, after: int) -> tuple[int, int]:
        """Return the number of frames that follow an id, and the bytes of them that are held."""
        with self._lock:
            _, frames = self._following(after, self._held + 1)
            return max(0, self.last - after), sum(map(len, frames))

    def waiting(self, bell: Bell) -> tuple[Wake, ...]:
        """Return the callbacks that wait at a bell."""
        return self._bells.get(bell, ())

    def ring(self) -> None:
        """Wake all who wait. Call it after a change, while no lock is held."""
        for bell in self._bells:
            bell.ring(self)

    def fail(self, error: Exception) -> None:
        """Let those who wait for the end of an open log wait no longer: it can't be filled."""
        if not self.ended:
            self.failure = error
            self.ring()

    def check(self) -> None:
        """Raise the failure that keeps the log from being filled, if there is one."""
        if self.failure is not None:
            raise self.failure

    def _set(self, bell: Bell, wakes: tuple[Wake, ...]) -> None:
        # The dict is replaced and never changed: `ring` goes over it without the lock.
        others = {each: taps for each, taps in self._bells.items() if each is not bell}
        self._bells = {**others, bell: wakes} if wakes else others
        self.readers = sum(map(len, self._bells.values()))

    def _take_sample(self, pause: float) -> None:
        now = time.monotonic()
        if self.sample is None or now - self.sample.at >= pause:
            self.sample = Sample(self.last, now)

    def _following(self, after: int, limit: int) -> tuple[int, list[bytes]]:
        """Return the id of the first frame behind `after` that is held, and the frames from it."""
        first = after + 1
        if 1 < first <= self._dropped + 1:  # the frames up to there are gone
            first = self._dropped + 2
        index = first - 1 if first == 1 else first - 1 - self._dropped
        # Behind frame 1 there may be a hole: then it goes out alone, and a gap follows it.
        stop = 1 if first == 1 and self._dropped else len(self._frames)
        return first, _within(limit, self._frames, index, stop)

    def _trim(self) -> None:
        """Drop the oldest frames, down to seven eighths, so that not each frame has to trim."""
        self._spilled.keep(self._drop(self._held - self._limit * 7 // 8))

    def _drop(self, spare: int) -> list[Attributed]:
        """Drop the oldest frames until `spare` bytes are gone, except frame 1 and the last one."""
        count, last = 1, len(self._frames) - 1
        while spare > 0 and count < last:
            spare -= len(self._frames[count])
            self._held -= len(self._frames[count])
            count += 1
        dropped = _attributed(self._components[1:count], self._frames[1:count])
        del self._frames[1:count], self._components[1:count]
        self._dropped += count - 1
        return dropped


def _attributed(components: list[str | None], frames: list[bytes]) -> list[Attributed]:
    return [(name or "", frame) for name, frame in zip(components, frames, strict=True)]


def _within(limit: int, frames: list[bytes], start: int, stop: int) -> list[bytes]:
    index = start
    while index < stop and (limit > 0 or index == start):
        limit -= len(frames[index])
        index += 1
    if limit < 0 and index > start + 1:
        index -= 1
    return frames[start:index]
