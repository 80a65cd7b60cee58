"""What happens to each stream: drawn from the seed and its number, and so repeatable."""

from random import Random
from typing import NamedTuple

from sse_pipeline.lifecycle.snapshot import State, Verdict


class Ending(NamedTuple):
    """How a stream ends, and how often of a hundred times it does."""

    name: str
    state: State
    verdict: Verdict | None
    weight: int


ENDINGS = (
    Ending("all complete", State.COMPLETE, None, 40),
    Ending("an optional component fails", State.COMPLETE, None, 8),
    Ending("closed before its components settle", State.COMPLETE, None, 8),
    Ending("a producer raises", State.ERRORED, Verdict.COMPONENT_FAILED, 10),
    Ending("a component is failed by hand", State.ERRORED, Verdict.COMPONENT_FAILED, 5),
    Ending("a task is cancelled", State.ERRORED, Verdict.CANCELLED, 6),
    Ending("cancelled", State.ERRORED, Verdict.CANCELLED, 6),
    Ending("cancelled, and no producer obeys", State.ERRORED, Verdict.CANCELLED, 3),
    Ending("an error is reported", State.ERRORED, Verdict.ERROR_REPORTED, 5),
    Ending("a component is silent", State.ERRORED, Verdict.TIMEOUT, 3),
    Ending("the deadline comes", State.ERRORED, Verdict.TIMEOUT, 3),
    Ending("a frame is too large", State.ERRORED, Verdict.OVERFLOW, 3),
)
_WEIGHTS = [ending.weight for ending in ENDINGS]


class Schedule(NamedTuple):
    """What happens to one stream."""

    number: int
    ending: Ending
    #: The frames of each component.
    frames: int
    noted: bool
    #: Whether a thread produces the speech, and not the event loop.
    threaded: bool
    #: For each reader a seed of its cuts.
    readers: tuple[int, ...]


def draw(seed: int, number: int) -> Schedule:
    """Draw the schedule of a stream."""
    random = Random(f"{seed}:{number}")
    (ending,) = random.choices(ENDINGS, _WEIGHTS)
    return Schedule(
        number,
        ending,
        frames=random.randrange(5),
        noted=random.random() < 0.2,
        threaded=random.random() < 0.1,
        readers=tuple(random.randrange(2**32) for _ in range(random.choice((0, 0, 0, 1, 1, 2)))),
    )
