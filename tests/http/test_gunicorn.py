"""gunicorn, run for real: its workers are told to end by signals of its own."""

import contextlib
import os
import signal
from collections.abc import Iterator

import httpx
import pytest

from harness.fault_client import APPLICATION, CONSUMER, ENVIRONMENT, SECONDS, Site, status_of
from harness.redis_server import RedisServer
from harness.servers import serve
from harness.waiting import until

pytestmark = pytest.mark.processes

EXITED = f"{os.CLD_EXITED} 0"
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT], ids=["TERM", "QUIT"])


@contextlib.contextmanager
def gunicorn(worker: str, application: str, *options: str, store: str = "memory") -> Iterator[Site]:
    environment = {**ENVIRONMENT, "SSE_PIPELINE_STORE": store}
    with (
        serve(worker, application, environment, options=options) as server,
        httpx.Client(base_url=server.url, timeout=SECONDS) as client,
    ):
        yield Site(worker, server, client)


def threads(store: str = "memory") -> contextlib.AbstractContextManager[Site]:
    """Run a worker of threads, which gives open replies longer than this test waits."""
    options = ("--threads", "4", "--graceful-timeout", "60")
    return gunicorn("gthread", "harness.wsgi_site:application", *options, store=store)


@SIGNALS
def test_readers_of_uvicorn_s_worker_are_told(number: signal.Signals) -> None:
    """By QUIT this worker does not end, idle or not: gunicorn kills it after its own time."""
    options = ("--graceful-timeout", "60" if number == signal.SIGTERM else "1")
    with gunicorn("uvicorn_worker.UvicornWorker", APPLICATION, *options) as site:
        events = site.events(CONSUMER.format(site.start("stay")))
        assert next(events).event == "stream"
        os.kill(site.server.pid, number)
        *_, last = events
        assert (last.event, last.json()["reason"]) == ("errored", "shutdown")
        assert until(lambda: status_of(site.server.pid), SECONDS) == EXITED


@SIGNALS
def test_a_worker_of_threads_ends(number: signal.Signals) -> None:
    with threads() as site:
        events = site.events("/synchronous-view/{}/".format(site.start("stay")))
        assert next(events).event == "stream"
        os.kill(site.server.pid, number)
        *_, last = events
        assert (last.event, last.json()["reason"]) == ("errored", "shutdown")
        assert until(lambda: status_of(site.server.pid), SECONDS) == EXITED


def test_a_worker_of_threads_lets_readers_of_a_shared_store_go(redis: RedisServer) -> None:
    with threads(redis.url) as site:
        events = site.events("/synchronous-view/{}/".format(site.start("stay")))
        assert next(events).event == "stream"
        os.kill(site.server.pid, signal.SIGTERM)
        assert [event.event for event in events][-1] == "text"
        assert until(lambda: status_of(site.server.pid), SECONDS) == EXITED
