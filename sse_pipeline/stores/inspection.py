"""What a store shows of a stream to those who inspect it, beside its snapshot."""

from dataclasses import dataclass

from .log import Log


@dataclass(frozen=True, slots=True)
class Attached:
    """A reader: the id that it has got to, and how many frames and bytes follow it."""

    after: int
    frames: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """The last frames of a stream as they are sent, how much is held, and who reads it.

    `last` is the id of the last frame. Of a shared store these are the readers of all processes,
    as far as it knows of them.
    """

    last: int
    held: int
    frames: tuple[bytes, ...]
    readers: tuple[Attached, ...]


def inspect(log: Log, most: int) -> Inspection:
    """Inspect a log: `most` frames at most."""
    last = log.last
    frames = []
    for number in range(max(0, last - most), last):
        taken = log.take(number, 1)
        if taken.first == number + 1 and taken.data:
            frames.append(taken.data)
    return Inspection(last, log.held, tuple(frames), readers_of(log))


def readers_of(log: Log) -> tuple[Attached, ...]:
    """Return who reads a log."""
    return tuple(Attached(after, *log.behind(after)) for after in sorted(log.places()))
