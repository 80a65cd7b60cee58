"""`python -m harness.soak`: very many streams with random faults, and what is left of them.

It exits with 1 if a stream ended otherwise than it was asked to, or something is left over. With
`--write` the figures go into docs/reliability.md.
"""

import os
import random
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from harness.documents import write_part
from harness.redis_server import RedisServer, redis_server
from harness.servers import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"
COUNTS = {"memory": 200_000, "redis": 5_000}


def main() -> int:
    """Run a soak and print what came of it."""
    parser = ArgumentParser(prog="python -m harness.soak", description=__doc__)
    parser.add_argument("--store", choices=COUNTS, default="memory")
    parser.add_argument("--count", type=int, help="streams; 200,000 in memory, 5,000 over Redis")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--keep", type=float, default=20, help="seconds that a stream is kept")
    parser.add_argument("--window", type=int, default=60, help="streams at a time in each loop")
    parser.add_argument("--no-journal", action="store_true", help="write no rows")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    streams = options.count or COUNTS[options.store]
    print(f"{streams:,} streams, --store {options.store} --seed {options.seed}", flush=True)
    with set_up(options) as kept:
        from harness.soak.report import report
        from harness.soak.run import soak

        begun = time.monotonic()
        result = soak(options.seed, streams, kept, options.window)
        text = report(result, options.seed, time.monotonic() - begun)
    print(text)
    if options.write:
        write_part(DOCUMENT, f"soak, {options.store}", text)
    complaints = [*result.wrong, *result.left_over()]
    for line in complaints[:20]:
        print(f"!!! {line}")
    return int(bool(complaints))


@contextmanager
def set_up(options: Namespace) -> Iterator[Callable[[], int]]:
    """Set Django up, on a store and a database of its own; give what counts the streams kept."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))
        redis = stack.enter_context(redis_server()) if options.store == "redis" else None
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "harness.soak.settings",
            "DJANGO_DATABASE": str(Path(folder) / "db.sqlite3"),
            "SSE_PIPELINE_STORE": forgetful(redis.url, options.keep) if redis else "",
            "SOAK_KEEP": str(options.keep),
            "SOAK_JOURNAL": "" if options.no_journal else "1",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from sse_pipeline import journal, stores

        stack.callback(journal.reset)
        stack.callback(stores.reset)
        yield counter(redis)


def forgetful(url: str, seconds: float) -> str:
    """Return a store over Redis that drops the copies of streams as soon as their streams go."""
    from harness.tuned_store import tuned_store
    from sse_pipeline.stores.redis import Tuning

    return tuned_store(url, Tuning(replica_idle=seconds))


def counter(redis: RedisServer | None) -> Callable[[], int]:
    """Return a function that counts the streams that the store keeps."""
    from sse_pipeline import stores

    if redis is None:
        store: Any = stores.current()
        return lambda: int(store.kept)
    client = redis.client()
    return lambda: sum(1 for _ in client.scan_iter("{sse:*}:state", count=1000))


if __name__ == "__main__":
    sys.exit(main())
