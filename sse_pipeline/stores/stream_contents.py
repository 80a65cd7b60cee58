"""The inspection of a stream: its last frames and its readers, for people who look after it."""

from dataclasses import dataclass

from .log import Log


@dataclass(frozen=True, slots=True)
class AttachedReader:
    """A reader: the id that it has reached, and the frames and bytes that follow it."""

    after: int
    frames: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """The last frames of a stream as they are sent, the bytes that are held, and the readers.

    `last` is the id of the last frame. The readers are those of this process.
    """

    last: int
    held: int
    frames: tuple[bytes, ...]
    readers: tuple[AttachedReader, ...]


def inspect(log: Log, most: int) -> Inspection:
    """Return the inspection of a log, with at most `most` frames."""
    last = log.last
    frames = []
    for number in range(max(0, last - most), last):
        taken = log.take(number, 1)
        if taken.first == number + 1 and taken.data:
            frames.append(taken.data)
    return Inspection(last, log.held, tuple(frames), readers_of(log))


def readers_of(log: Log) -> tuple[AttachedReader, ...]:
    """Return the readers of a log."""
    return tuple(AttachedReader(after, *log.behind(after)) for after in sorted(log.places()))
