"""`python -m benchmarks.journal`: what the journal costs the process whose streams it keeps.

The same streams with the journal and without, in pairs, in one process: its CPU time, until the
last row is written. The cost is the median of the pairs', so that a machine that slows down or
speeds up from pair to pair does not count.
"""

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.wire import drop, receiver

CHUNK = "x" * 66
STREAMS, FRAMES = 1000, 100


def main(words: list[str]) -> None:
    parser = ArgumentParser(prog="python -m benchmarks.journal", description=__doc__)
    parser.add_argument(
        "--repeat", type=int, default=15, help="pairs of runs, after one to warm up"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="journal-") as folder:
        _prepare(Path(folder))
        results = [_compare(name, work, options.repeat) for name, work in _works().items()]
        _end()
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for row in results:
        print(
            f"{row['workload']}: {row['without']:.0f} µs a stream without the journal,"
            f" {row['journal']:+.0f} with it: {row['percent']:+.1f} %"
            f" ({row['least']:+.1f} to {row['most']:+.1f})"
        )


def _prepare(folder: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["DJANGO_DATABASE"] = str(folder / "db.sqlite3")
    os.environ["SSE_PIPELINE_LOG_LEVEL"] = "WARNING"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _end() -> None:
    """Say good-bye to the database while it is there."""
    from sse_pipeline import journal

    journal.reset()


def _works() -> dict[str, Callable[[], None]]:
    return {
        f"{STREAMS:,} streams of {FRAMES} frames, sent": _send_all,
        "the same, each read by one client of the consumer": lambda: asyncio.run(_serve_all()),
    }


def _compare(name: str, work: Callable[[], None], repeat: int) -> dict[str, float | str]:
    _pair(work, True)
    pairs = [_pair(work, number % 2 == 0) for number in range(repeat)]
    percents = [100 * (with_it / without - 1) for without, with_it in pairs]
    return {
        "workload": name,
        "without": median(without for without, _ in pairs),
        "journal": median(with_it - without for without, with_it in pairs),
        "percent": median(percents),
        "least": min(percents),
        "most": max(percents),
    }


def _pair(work: Callable[[], None], journal_first: bool) -> tuple[float, float]:
    """Spend without the journal and with it, one right after the other."""
    spent = {on: _spend(work, on) for on in (journal_first, not journal_first)}
    return spent[False], spent[True]


def _spend(work: Callable[[], None], journaled: bool) -> float:
    """Return the CPU time of a stream, in microseconds."""
    from sse_pipeline import journal, stores

    stores.reset()
    gc.collect()
    (journal.connect if journaled else journal.disconnect)()
    before = time.process_time()
    work()
    if not journal.flush(60) or journal.dropped():
        raise RuntimeError("the journal did not write all")
    return (time.process_time() - before) / STREAMS * 1e6


def _send_all() -> None:
    from sse_pipeline import SSEHandler

    for _ in range(STREAMS):
        handler = SSEHandler(components=["text", "speech"])
        for name in ("text", "speech"):
            for _ in range(FRAMES // 2):
                handler.send(name, component=name, chunk=CHUNK)
            handler.mark_component_complete(name)


async def _serve_all() -> None:
    from sse_pipeline import SSEHandler
    from sse_pipeline.consumers import EventsConsumer

    async def produce(handler: SSEHandler) -> None:
        for name in ("text", "speech"):
            for _ in range(FRAMES // 2):
                await handler.asend(name, component=name, chunk=CHUNK)
                await asyncio.sleep(0)
            await handler.amark_component_complete(name)

    async def serve(handler: SSEHandler) -> None:
        path = f"/streams/{handler.stream_id}/events/"
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [],
            "url_route": {"kwargs": {"stream_id": handler.stream_id}}, "extensions": {},
        }  # fmt: skip
        await EventsConsumer()(scope, receiver(), drop)

    for _ in range(STREAMS // 50):
        handlers = [SSEHandler(components=["text", "speech"]) for _ in range(50)]
        for handler in handlers:
            await handler.asnapshot()
        await asyncio.gather(*map(produce, handlers), *map(serve, handlers))


if __name__ == "__main__":
    main(sys.argv[1:])
