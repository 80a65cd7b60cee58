"""`python -m benchmarks.dialects`: what a frame costs in each dialect, beside the native frames.

One stream is sent, and read by one client or by a hundred of the library's consumer, in one
process. The cost is the CPU time from the first frame to the end of the last body, divided by the
frames that all clients received. The ratio is the median of those of the rounds, in each of which
all dialects run in turn, so that a machine that slows down or speeds up does not count.
"""

import asyncio
import gc
import json
import os
import sys
import time
from argparse import ArgumentParser
from statistics import median

from benchmarks import markdown
from benchmarks.wire import drop, receiver

CHUNK = "x" * 66
#: The frames of a stream, by the number of its readers.
FRAMES = {1: 20_000, 100: 2_000}
#: Frames that come in one turn of the loop.
BURST = 4
NATIVE = "native"


def main(words: list[str]) -> None:
    parser = ArgumentParser(prog="python -m benchmarks.dialects", description=__doc__)
    parser.add_argument("--repeat", type=int, default=7, help="rounds, after one to warm up")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    _prepare()
    results = [row for readers in FRAMES for row in _measure(readers, options.repeat)]
    if options.json:
        print(json.dumps(results, indent=2))
        return
    rows = [
        [
            str(row["dialect"]),
            str(row["readers"]),
            f"{row['microseconds']:.2f}",
            f"{row['ratio']:.2f}",
            f"{row['least']:.2f} to {row['most']:.2f}",
        ]
        for row in results
    ]
    print(markdown.table(["dialect", "readers", "µs a frame", "to native", "least to most"], rows))


def _prepare() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["SSE_PIPELINE_LOG_LEVEL"] = "WARNING"
    import django

    django.setup()
    from sse_pipeline import journal

    journal.disconnect()


def _measure(readers: int, repeat: int) -> list[dict[str, float | str]]:
    from sse_pipeline.dialects import BUILT_IN

    names = (NATIVE, *BUILT_IN)
    rounds = [{name: _spend(name, readers) for name in names} for _ in range(repeat + 1)][1:]
    rows: list[dict[str, float | str]] = []
    for name in names:
        ratios = [each[name] / each[NATIVE] for each in rounds]
        rows.append(
            {
                "dialect": name,
                "readers": readers,
                "microseconds": median(each[name] for each in rounds),
                "ratio": median(ratios),
                "least": min(ratios),
                "most": max(ratios),
            }
        )
    return rows


def _spend(name: str, readers: int) -> float:
    """Return the CPU time of a frame that a reader gets, in microseconds."""
    from sse_pipeline import stores

    stores.reset()
    gc.collect()
    before = time.process_time()
    asyncio.run(_serve(name, readers))
    return (time.process_time() - before) / FRAMES[readers] / readers * 1e6


async def _serve(name: str, readers: int) -> None:
    from sse_pipeline import SSEHandler
    from sse_pipeline.consumers import EventsConsumer

    handler = SSEHandler(components=["text"])
    await handler.aopen()
    kwargs = {"stream_id": handler.stream_id, "dialect": name}
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
        "url_route": {"kwargs": kwargs}, "extensions": {},
    }  # fmt: skip
    served = [
        asyncio.create_task(EventsConsumer()(dict(scope), receiver(), drop)) for _ in range(readers)
    ]
    for number in range(FRAMES[readers]):
        await handler.asend("text", chunk=CHUNK)
        if number % BURST == 0:
            await asyncio.sleep(0)
    await handler.amark_component_complete("text")
    await asyncio.gather(*served)


if __name__ == "__main__":
    main(sys.argv[1:])
