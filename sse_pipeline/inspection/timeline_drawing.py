"""The timeline of a stream: a bar for each component and a mark for each event, for SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format

from .parts import JournalEvent, Work

#: The width of the drawing, the begin and the end of the bars, the top, the height of one row.
WIDTH, LEFT, RIGHT, TOP, ROW = 1000, 190, 980, 26, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """The time in which a component worked."""

    work: Work
    x: float
    width: float
    y: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Mark:
    """An event, or a number on the axis."""

    x: float
    label: str
    event: JournalEvent | None = None


@dataclass(frozen=True, slots=True)
class TimelineDrawing:
    """The shapes and the size of the drawing."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Mark, ...]
    height: int
    floor: int
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP


def draw_timeline(
    works: Sequence[Work], events: Sequence[JournalEvent], seconds: float
) -> TimelineDrawing:
    """Draw the components and the events of a stream that has lived for `seconds`."""
    ends = [work.end for work in works if work.end is not None]
    span = max([seconds, *ends, *(event.after for event in events), 1e-3])

    def place(second: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, second / span)), 1)

    bars = []
    for number, work in enumerate(works):
        begin, end = place(work.begin), place(seconds if work.end is None else work.end)
        until = seconds if work.end is None else work.end
        bars.append(Bar(work, begin, max(3.0, end - begin), TOP + ROW * number, until - work.begin))
    floor = TOP + ROW * max(1, len(works))
    marks = [Mark(place(event.after), event.trigger, event) for event in events]
    ticks = [Mark(place(tick), f"{number_format(f'{tick:g}')} s") for tick in _ticks(span)]
    return TimelineDrawing(tuple(bars), tuple(marks), tuple(ticks), floor + 24, floor)


def _ticks(span: float) -> list[float]:
    """Return about five round numbers from 0 to a span."""
    raw = span / 5
    unit = 10 ** math.floor(math.log10(raw))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= raw)
    return [round(step * number, 6) for number in range(int(span / step) + 1)]
