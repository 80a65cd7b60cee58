"""Producers in the workers of Celery and of Django's tasks: real workers, and what they send.

Celery's worker shares a Redis with the site, and that of Django's tasks a database on SQLite.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from harness import database_stores
from harness.redis_server import RedisServer
from harness.servers import ROOT
from harness.task_worker import run_worker
from sse_pipeline import SSEHandler
from sse_pipeline.decoder import Decoder, Event

pytestmark = pytest.mark.processes

CHUNKS = ["one", "two", "three"]


@pytest.fixture(scope="module")
def environment(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    database = tmp_path_factory.mktemp("tasks") / "db.sqlite3"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "harness.task_settings",
        "DJANGO_DATABASE": str(database),
        "SSE_PIPELINE_STORE": redis.url,
        "CELERY_BROKER": redis.url.removesuffix("0") + "1",
        "PYTHONDEVMODE": "",
    }


@pytest.fixture(scope="module")
def celery(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run a worker of Celery, which forks its processes."""
    options = ("--pool", "prefork", "--concurrency", "2", "--loglevel", "warning")
    command = ("-m", "celery", "-A", "harness.tasks", "worker", *options, "--without-mingle")
    with run_worker(environment, *command, "--without-gossip", "--without-heartbeat"):
        yield environment


@pytest.fixture(scope="module")
def django_tasks(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run a worker of Django's tasks over the database, which has the streams, too."""
    environment = {**environment, "SSE_PIPELINE_STORE": "database"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT, env=environment, check=True,
    )  # fmt: skip
    with run_worker(
        environment, "manage.py", "db_worker", "--interval", "0.1", "--no-startup-delay"
    ):
        yield environment


def opened(settings: Settings, store: str) -> SSEHandler:
    settings.SSE_PIPELINE = {"STORE": store, "LEASE": 1, "CLAIM_TIMEOUT": 30}
    handler = SSEHandler()
    handler.register_component("text", claim=False)
    return handler


@pytest.fixture
def handler(redis: RedisServer, settings: Settings) -> SSEHandler:
    """Open a stream in Redis."""
    return opened(settings, redis.url)


@pytest.fixture
def handler_in_database(django_tasks: dict[str, str], settings: Settings) -> Iterator[SSEHandler]:
    """Open a stream in the database of the tasks."""
    database = database_stores.in_file(Path(django_tasks["DJANGO_DATABASE"]))
    with database_stores.as_store(database) as store:
        yield opened(settings, store)


def enqueue(environment: dict[str, str], task: str, method: str, *arguments: Any) -> None:
    """Have a view's process enqueue a task, and end."""
    script = (
        f"import json, sys, harness.tasks as tasks; tasks.{task}.{method}(*json.load(sys.stdin))"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=environment, input=json.dumps(arguments).encode(), check=True, timeout=30,
    )  # fmt: skip


def events_of(handler: SSEHandler) -> list[Event]:
    assert handler.is_complete.wait(30)
    return list(Decoder().feed(b"".join(handler)))


def check(handler: SSEHandler) -> None:
    events = events_of(handler)
    assert [event.json()["chunk"] for event in events if event.event == "text"] == CHUNKS
    assert events[-1].event == "complete"


def test_celery_produces(handler: SSEHandler, celery: dict[str, str]) -> None:
    enqueue(celery, "write", "delay", handler.stream_id, CHUNKS)
    check(handler)


@pytest.mark.parametrize("task", ["write_later", "write_asynchronously"])
def test_django_s_tasks_produce(
    task: str, handler_in_database: SSEHandler, django_tasks: dict[str, str]
) -> None:
    enqueue(django_tasks, task, "enqueue", handler_in_database.stream_id, CHUNKS)
    check(handler_in_database)


def test_a_cancel_reaches_the_worker(handler: SSEHandler, celery: dict[str, str]) -> None:
    enqueue(celery, "write_on", "delay", handler.stream_id)
    frames = iter(handler)
    while b"first" not in next(frames):
        pass
    handler.cancel()
    last = list(frames)[-1]
    assert b'"reason":"cancelled"' in last
    assert b'"text":{"status":"complete"' in last  # by the worker, which noticed


def test_a_worker_that_is_killed_loses_its_component(
    handler: SSEHandler, celery: dict[str, str]
) -> None:
    enqueue(celery, "write_on", "delay", handler.stream_id)
    frames = []
    for frame in handler:
        frames.append(frame)
        if b"first" in frame:
            event = next(iter(Decoder().feed(frame)))
            os.kill(event.json()["process"], signal.SIGKILL)
    assert b'"reason":"producer_lost"' in frames[-1]


def test_the_examples_are_those_of_the_document() -> None:
    document = Path(ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    code = Path(ROOT / "harness" / "tasks.py").read_text(encoding="utf-8")
    examples = [block.split("```")[0] for block in document.split("```python\n")[1:]]
    shown = [each for each in examples if each.startswith("@")]
    assert len(shown) == 3
    for example in shown:
        assert example in code
