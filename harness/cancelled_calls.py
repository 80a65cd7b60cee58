"""`python -m harness.cancelled_calls`: cancel calls at random moments; is each commit heard of?

Each stream lives over Redis, with a journal. One of its calls is cancelled after a moment, or times
out: before its commit has left this process, while it is under way, or when it is there. Whatever
was committed is announced once and is in the journal, and a stream that is open is watched.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.redis_server import redis_server

if TYPE_CHECKING:
    from sse_pipeline import SSEHandler
    from sse_pipeline.lifecycle.snapshot import Snapshot

#: Streams that live at the same time.
TOGETHER = 50
COMPONENTS = ("a", "b")
#: The number of the call that commits nothing.
SENDS = 2
#: Seconds in which all that was committed is known.
PATIENCE = 30.0


class Findings(NamedTuple):
    """What came of cancelled calls. The streams are those that the store has."""

    #: Calls that were cancelled, and those of them whose commit is in the store.
    cancelled: int
    landed: int
    streams: int
    #: Versions that are in the store, were announced, and were announced more than once.
    commits: int
    announced: int
    repeated: int
    #: Streams that have ended, by the store, the signal and the journal; and the rows in all.
    ended: int
    ends_announced: int
    ends_in_journal: int
    rows: int
    #: Streams that are open, and that no watchdog has.
    unwatched: int

    @property
    def is_right(self) -> bool:
        """Whether everything that was committed is known everywhere."""
        return (
            self.announced == self.commits
            and self.ends_announced == self.ends_in_journal == self.ended
            and self.rows == self.streams
            and self.repeated == self.unwatched == 0
        )


class Life(NamedTuple):
    """A stream: the version that its calls have made, and whether the next one was cancelled."""

    handler: "SSEHandler"
    version: int
    cancelled: bool


def cancel_calls(count: int, seed: int) -> Findings:
    """Cancel so many calls on the store of the settings, which keep a journal; look what is left.

    No other stream may change meanwhile.
    """
    with _hearing() as heard:
        lives = asyncio.run(_live(count, random.Random(seed)))
        watched: set[str] = set()
        found = _look(lives, watched, *heard)
        limit = time.monotonic() + PATIENCE
        # The announcement of what was cancelled is made by another thread, and a stream that is
        # just being checked is not in the schedule.
        while not found.is_right and time.monotonic() < limit:
            found = _look(lives, watched, *heard)
    return found


@contextlib.contextmanager
def _hearing() -> Iterator[tuple[Counter[tuple[str, int]], set[str]]]:
    """Hear each version of each stream, and the ends."""
    from sse_pipeline import signals

    versions: Counter[tuple[str, int]] = Counter()
    ended: set[str] = set()

    def on_change(*, snapshot: Any, **_: object) -> None:
        versions[snapshot.stream_id, snapshot.version] += 1

    def on_end(*, snapshot: Any, **_: object) -> None:
        ended.add(snapshot.stream_id)

    signals.stream_changed.connect(on_change)
    signals.stream_ended.connect(on_end)
    try:
        yield versions, ended
    finally:
        signals.stream_changed.disconnect(on_change)
        signals.stream_ended.disconnect(on_end)


async def _live(count: int, source: random.Random) -> list[Life]:
    """Let streams live until so many calls were cancelled."""
    from sse_pipeline import SSEHandler

    took = list[float]()
    lives = await _together(SSEHandler, TOGETHER, lambda each: _time(each, took))
    usual = median(took)
    while (left := count - sum(each.cancelled for each in lives)) > 0:
        lives += await _together(
            SSEHandler, min(left, TOGETHER), lambda each: _cut(each, source, usual)
        )
    return lives


async def _together(
    make: Callable[[], "SSEHandler"],
    count: int,
    live: Callable[["SSEHandler"], Coroutine[Any, Any, Life]],
) -> list[Life]:
    return await asyncio.gather(*(live(make()) for _ in range(count)))


async def _time(handler: "SSEHandler", took: list[float]) -> Life:
    """Make the calls of a stream, and note how many seconds each of them takes."""
    loop, calls = asyncio.get_running_loop(), _calls(handler)
    for call in calls:
        begun = loop.time()
        await call()
        took.append(loop.time() - begun)
    return Life(handler, len(calls) - 1, cancelled=False)


def _calls(handler: "SSEHandler") -> list[Callable[[], Coroutine[Any, Any, Any]]]:
    """Return five calls: register two components, send, and complete both."""
    register, complete = handler.aregister_component, handler.amark_component_complete
    return [
        # Without a limit of silence: while it is looked at, no stream may end by itself.
        *(partial(register, name, timeout=None) for name in COMPONENTS),
        partial(handler.asend, "text", component=COMPONENTS[0], chunk="hello"),
        *(partial(complete, name) for name in COMPONENTS),
    ]


async def _cut(handler: "SSEHandler", source: random.Random, usual: float) -> Life:
    """Make the calls of a stream; the first one that is not done in its moment is cancelled.

    The calls before a random one have as long as they need. Moments are up to the usual time.
    """
    calls, version = _calls(handler), 0
    first = source.randrange(len(calls))
    for number, call in enumerate(calls):
        task = asyncio.ensure_future(call())
        if number >= first:
            moment = source.uniform(0, usual)
            if source.random() < 0.5:
                asyncio.get_running_loop().call_later(moment, task.cancel)
            else:
                task = asyncio.ensure_future(asyncio.wait_for(task, moment))
        await asyncio.wait({task})
        if task.cancelled() or isinstance(task.exception(), TimeoutError):
            return Life(handler, version, cancelled=True)
        task.result()
        version += number != SENDS
    return Life(handler, version, cancelled=False)


def _look(
    lives: list[Life], watched: set[str], versions: Counter[tuple[str, int]], ended: set[str]
) -> Findings:
    from sse_pipeline import journal, stores
    from sse_pipeline.models import Stream
    from sse_pipeline.stores.base import result_of
    from sse_pipeline.streams.watchdog import watchdog_of

    store = stores.current()
    answers = {each: store.load(each.handler.stream_id) for each in lives}
    held: dict[Life, Snapshot] = {
        life: snapshot for life, answer in answers.items() if (snapshot := result_of(answer, 30))
    }
    journal.flush(30)
    rows = Stream.objects.filter(pk__in=[each.stream_id for each in held.values()])
    schedule = watchdog_of(store).schedule
    watched |= {each.stream_id for each in held.values() if each.stream_id in schedule}
    return Findings(
        cancelled=sum(each.cancelled for each in lives),
        landed=sum(held[each].version > each.version for each in held),
        streams=len(held),
        commits=sum(each.version for each in held.values()),
        announced=len(versions),
        repeated=sum(number > 1 for number in versions.values()),
        ended=sum(each.terminal for each in held.values()),
        ends_announced=len(ended),
        ends_in_journal=sum(row.ended_at is not None for row in rows),
        rows=len(rows),
        unwatched=sum(
            not each.terminal and each.stream_id not in watched for each in held.values()
        ),
    )


def main() -> int:
    """Print what was found; return 1 if something that was committed is not known everywhere."""
    parser = argparse.ArgumentParser(prog="python -m harness.cancelled_calls", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    options = parser.parse_args()
    with redis_server() as server, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "harness.soak.settings",
            "DJANGO_DATABASE": str(Path(folder) / "db.sqlite3"),
            "SSE_PIPELINE_STORE": server.url,
            "SOAK_JOURNAL": "1",
            "SOAK_KEEP": "600",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from sse_pipeline import journal, stores

        findings = cancel_calls(options.count, options.seed)
        journal.reset()
        stores.reset()
    print(f"{options.count:,} calls cancelled, --seed {options.seed}: {findings}")
    return int(not findings.is_right)


if __name__ == "__main__":
    sys.exit(main())
