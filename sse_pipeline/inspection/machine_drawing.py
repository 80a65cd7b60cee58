"""The state diagram of a stream, drawn from the table of the lifecycle, as shapes for SVG."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..lifecycle.snapshot import State
from ..lifecycle.table import TABLE
from .parts import JournalEvent

#: The middle of each state's box, and half of its width and height.
_PLACES = {
    State.STREAMING: (80, 70),
    State.DRAINING: (310, 70),
    State.COMPLETE: (500, 30),
    State.ERRORED: (500, 110),
}
_HALF = (62, 19)


@dataclass(frozen=True, slots=True)
class Box:
    """A state. `present`: the stream is in it; `passed`: the stream was in it."""

    name: str
    x: int
    y: int
    present: bool
    passed: bool
    half_width: int = _HALF[0]
    half_height: int = _HALF[1]

    @property
    def left(self) -> int:
        """The left edge."""
        return self.x - self.half_width

    @property
    def top(self) -> int:
        """The upper edge."""
        return self.y - self.half_height


@dataclass(frozen=True, slots=True)
class Arrow:
    """A change of state of the table. `taken`: this stream made it, by `trigger`."""

    path: str
    taken: bool
    trigger: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class MachineDrawing:
    """The boxes and the arrows."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw_machine(state: str, events: Iterable[JournalEvent]) -> MachineDrawing:
    """Draw the diagram for a stream in a state."""
    moves = {(event.source, event.dest): event.trigger for event in events if event.moved}
    passed = {name for move in moves for name in move}
    boxes = [Box(str(each), *_PLACES[each], each == state, str(each) in passed) for each in State]
    changes = dict.fromkeys((State(row.source), State(row.dest)) for row in TABLE if row.dest)
    arrows = [_arrow(source, dest, moves) for source, dest in changes]
    return MachineDrawing(tuple(boxes), tuple(arrows))


def _arrow(source: State, dest: State, moves: dict[tuple[str, str], str]) -> Arrow:
    (x0, y0), (x1, y1) = _PLACES[source], _PLACES[dest]
    begin, end, bend = x0 + _HALF[0], x1 - _HALF[0] - 7, (x0 + x1) / 2
    trigger = moves.get((str(source), str(dest)), "")
    path = f"M{begin} {y0} C{bend} {y0} {bend} {y1} {end} {y1}"
    aside = (y1 > y0) - (y1 < y0)  # the trigger of a bent arrow stands on its outer side
    x, y = (begin + end) / 2 - 20 * abs(aside), (y0 + y1) / 2 + 22 * aside
    return Arrow(path, bool(trigger), trigger, x, y)
