"""One soak: the workers, and the counts before, in between and after."""

import gc
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from harness.soak.census import Count, count, logs
from harness.soak.workers import Worker
from harness.waiting import until
from sse_pipeline.stores import current
from sse_pipeline.streams.watchdog import watchdog_of

WORKERS = 3
#: Streams that live at the same time in the event loop of a worker.
WINDOW = 60
#: Streams before the first count: what is made once is made by them.
WARM_UP = 600
PARTS = 4
#: How much more there may be after than before. The journal's thread closes its connection between
#: two batches, and has three files open in one.
SPARE = {
    "files": 3, "tasks": 0, "threads": 0, "kept": 0, "watched": 0, "logs": 0, "readers": 0,
    "open_rows": 0,
}  # fmt: skip
#: Seconds that all streams together may take, and that the last ones may be kept.
LONGEST, FORGETTING = 3600, 120


class Soak(NamedTuple):
    """What came of a soak."""

    #: The first one before any stream that counts, the last one after all of them.
    counts: list[Count]
    right: Counter[str]
    wrong: list[str]
    connections: int

    def left_over(self) -> list[str]:
        """Return what is there after the streams and was not there before, a sentence for each."""
        found = {
            name: (getattr(self.counts[0], name), getattr(self.counts[-1], name)) for name in SPARE
        }
        return [
            f"{name}: {before} before, {after} after"
            for name, (before, after) in found.items()
            if after > before + SPARE[name]
        ]


def soak(seed: int, streams: int, kept: Callable[[], int], window: int = WINDOW) -> Soak:
    """Run so many streams. `kept` says how many streams the store has."""
    counts = []
    warm_up = _workers(seed, range(-min(WARM_UP, streams), 0), window)
    _finish(warm_up, kept)
    counts.append(count("before", 0, (), kept))
    workers = _workers(seed, range(streams), window)
    loops = [worker.loop for worker in workers]
    for part in range(1, PARTS):
        wanted = part * streams // PARTS
        until(lambda wanted=wanted: _done(workers) >= wanted, LONGEST, pause=0.1)  # type: ignore[misc]
        counts.append(count(f"at {100 * part // PARTS} %", _done(workers), loops, kept))
        print(f"{_done(workers):,} streams have ended", flush=True)
    _finish(workers, kept)
    counts.append(count("after", _done(workers), (), kept))
    return Soak(
        counts,
        sum((worker.right for worker in workers), Counter()),
        [line for worker in (*warm_up, *workers) for line in worker.wrong],
        sum(worker.connections for worker in workers),
    )


def _workers(seed: int, numbers: range, window: int) -> list[Worker]:
    shared = iter(numbers)  # each `next` is atomic
    workers = [Worker(seed, shared, window) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    return workers


def _done(workers: list[Worker]) -> int:
    return sum(worker.done for worker in workers)


def _finish(workers: list[Worker], kept: Callable[[], int]) -> None:
    """Wait for the workers, then until the store has forgotten what they did."""
    for worker in workers:
        worker.join(LONGEST)
    # What is not forgotten is found by the counts.
    with suppress(TimeoutError):
        until(lambda: _is_forgotten(kept), FORGETTING, pause=0.5)
    gc.collect()


def _is_forgotten(kept: Callable[[], int]) -> bool:
    return kept() == 0 and len(watchdog_of(current()).schedule) == 0 and logs() == 0
