"""`python -m harness.racing_processes`: 64 POSTs with one key, on four servers of one store.

The servers are the demonstration, each in a process of its own; in memory there is one. Each round
has a key of its own. All its requests go out at once. Each has to get the same stream, which has to
have its text once: one process opens it, and one produces.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import django
import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from harness import database_stores
from harness.postgresql import served
from harness.redis_server import redis_server
from harness.servers import serve_site
from harness.site_client import TOKEN
from sse_pipeline.decoder import Decoder

STORES = ("memory", "redis", "sqlite", "postgresql")
POSTS, PROCESSES = 64, 4
TEXT = "One stream, and one text."
HEADERS = {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}


class Round(NamedTuple):
    """What the requests with one key got: their statuses, how many streams, and the text once."""

    statuses: tuple[int, ...]
    streams: int
    is_right: bool


@contextlib.contextmanager
def servers(store: str) -> Iterator[list[str]]:
    """Run the servers of a store; yield their URLs."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {"DJANGO_DATABASE": str(folder / "db.sqlite3"), "SSE_PIPELINE_STORE": store}
        if store == "redis":
            environment["SSE_PIPELINE_STORE"] = stack.enter_context(redis_server()).url
        elif store == "sqlite":
            environment |= database_stores.on_sqlite(folder).environment
        elif store == "postgresql":
            server = stack.enter_context(served())
            environment |= database_stores.on_postgresql(server).environment
        count = 1 if store == "memory" else PROCESSES
        yield [stack.enter_context(serve_site(environment)).url for _ in range(count)]


async def race(urls: list[str], key: str) -> Round:
    """Send all requests of a round at once, and read what they got."""
    limits = httpx.Limits(max_connections=POSTS)
    async with httpx.AsyncClient(headers=HEADERS, timeout=60, limits=limits) as client:
        sent: Any = {
            "json": {"text": TEXT, "speech": False},
            "headers": {"Idempotency-Key": key},
        }
        replies = await asyncio.gather(
            *(
                client.post(f"{urls[number % len(urls)]}/answers/", **sent)
                for number in range(POSTS)
            )
        )
        streams = {reply.json().get("stream") for reply in replies}
        texts = [await _text(client, urls[-1], stream) for stream in streams if stream]
    statuses = tuple(sorted({reply.status_code for reply in replies}))
    return Round(statuses, len(streams), (statuses, texts) == ((201,), [TEXT]))


async def _text(client: httpx.AsyncClient, url: str, stream: str) -> str:
    reply = await client.get(f"{url}/streams/{stream}/events/")
    events = list(Decoder().feed(reply.content))
    return "".join(event.json()["chunk"] for event in events if event.event == "text")


def main() -> int:
    """Race in each store, and print what was found; return 1 if a round was wrong."""
    parser = argparse.ArgumentParser(prog="python -m harness.racing_processes")
    parser.add_argument("--count", type=int, default=20, help="rounds in each store")
    parser.add_argument("--stores", nargs="*", choices=STORES, default=STORES)
    options = parser.parse_args()
    wrong = 0
    for store in options.stores:
        with servers(store) as urls:
            began = time.monotonic()
            rounds = [asyncio.run(race(urls, f"round {each}")) for each in range(options.count)]
            seconds = time.monotonic() - began
        failed = [each for each in rounds if not each.is_right]
        wrong += len(failed)
        print(
            f"{store:11} {len(urls)} processes, {len(rounds)} rounds of {POSTS} POSTs in"
            f" {seconds:.1f} s: {len(failed)} without exactly one stream",
            *(f"  {count} x {each}" for each, count in Counter(failed).items()),
            sep="\n",
        )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
