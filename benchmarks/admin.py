"""`python -m benchmarks.admin`: the pages of the admin over a journal of a million streams."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from statistics import median
from typing import Any

DATABASES = ("sqlite", "postgresql")


def main(words: list[str]) -> None:
    parser = ArgumentParser(prog="python -m benchmarks.admin", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7, help="requests of each, after one")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--measure", help="for itself: measure in the database of the environment")
    options = parser.parse_args(words)
    if options.measure:
        _measure(options)
        return
    for name in options.databases:
        _run(name, options)


def _run(name: str, options: Namespace) -> None:
    """Measure in a process of its own, whose default database this is."""
    from harness import postgresql

    words = ["--rows", str(options.rows), "--repeat", str(options.repeat), "--measure", name]
    command = [sys.executable, "-m", "benchmarks.admin", *words]
    with tempfile.TemporaryDirectory(prefix="admin-") as folder:
        if name == "sqlite":
            settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db.sqlite3"}
            subprocess.run(command, env=_environment(settings), check=True)
            return
        with postgresql.served() as server:
            settings = {**server.settings, "HOST": str(server.settings["HOST"])}
            subprocess.run(command, env=_environment(settings), check=True)


def _environment(settings: dict[str, Any]) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "BENCHMARK_DATABASE": json.dumps(settings),
    }


def _measure(options: Namespace) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    streams = _fill(options.rows)
    took = time.perf_counter() - began
    print(f"{options.measure}: {options.rows:,} streams, made in {took:.0f} s")
    for name, path in _pages(streams, options.rows):
        queries, spent = _ask(path, options.repeat)
        print(
            f"  {name:<28} {queries:>2} queries {median(spent):>6.0f} ms"
            f" ({min(spent):.0f} to {max(spent):.0f})"
        )
    sys.stdout.flush()


def _pages(streams: list[dict[str, Any]], count: int) -> Iterator[tuple[str, str]]:
    one = streams[len(streams) // 2]
    page = "/admin/sse_pipeline/stream/"
    yield "the list", page
    yield "its hundredth page", f"{page}?p={max(1, min(100, count // 50))}"
    yield "errored", f"{page}?state__exact=errored"
    yield "the reason timeout", f"{page}?reason__exact=timeout"
    yield "streaming, of which are few", f"{page}?state__exact=streaming"
    yield "the beginning of an id", f"{page}?q={str(one['id'])[:8]}"
    yield "an owner", f"{page}?q={one['owner']}"
    yield "an owner whom nobody knows", f"{page}?q=nobody"
    yield "a month", f"{page}?opened_at__year=2026&opened_at__month=3"
    yield (
        "a day, errored",
        (f"{page}?opened_at__year=2026&opened_at__month=3&opened_at__day=7&state__exact=errored"),
    )
    yield "the page of a stream", f"{page}{one['id']}/change/"


def _ask(path: str, repeat: int) -> tuple[int, list[float]]:
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    users: Any = get_user_model().objects
    user = users.filter(username="ann").first() or users.create_superuser("ann")
    client = Client()
    client.force_login(user)
    spent: list[float] = []
    queries = set()
    for number in range(repeat + 1):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            response = client.get(path)
            took = (time.perf_counter() - began) * 1000
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status_code}")
        if number:
            spent.append(took)
            queries.add(len(captured))
    if len(queries) != 1:
        raise RuntimeError(f"{path}: {queries} queries")
    return queries.pop(), spent


def _fill(count: int) -> list[dict[str, Any]]:
    """Make streams of two years; one of ten errored, one of ten thousand goes on."""
    from django.db import connection, transaction
    from django.utils import timezone

    from sse_pipeline.journal.rows import STREAM, Dialect, Rows
    from sse_pipeline.journal.upsert import write
    from sse_pipeline.models import Process

    now = timezone.now()
    process = Process.objects.create(host="host", pid=1, started_at=now, seen_at=now)
    dialect = Dialect(connection)
    source = _streams(count, dialect, dialect.key(str(process.pk)))
    kept: list[dict[str, Any]] = []
    while batch := [row for _, row in zip(range(10_000), source, strict=False)]:
        kept.append(batch[0])
        with transaction.atomic():
            write(connection, Rows([tuple(row[name] for name in STREAM) for row in batch], [], []))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return kept


def _streams(count: int, dialect: Any, process: str) -> Iterator[dict[str, Any]]:
    import datetime as dt

    dice = random.Random(7)
    begin, span = dt.datetime(2025, 1, 1, tzinfo=dt.UTC).timestamp(), 2 * 365 * 86400 / count
    for number in range(count):
        errored, going_on = number % 10 == 0, number % 10_000 == 1
        opened = begin + span * number
        yield {
            "id": dialect.key(str(uuid.UUID(int=dice.getrandbits(128), version=4))),
            "version": 5,
            "state": "errored" if errored else "streaming" if going_on else "complete",
            "reason": dice.choice(("timeout", "cancelled")) if errored else None,
            "owner": f"user:{number % 50_000}",
            "process_id": process,
            "opened_at": dialect.date(opened),
            "ended_at": None if going_on else dialect.date(opened + 20),
            "components_total": 2,
            "components_done": 2,
            "frames": 100,
            "bytes": 12_000,
            "presumed": False,
        }


if __name__ == "__main__":
    main(sys.argv[1:])
