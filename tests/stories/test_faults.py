"""On each server, run for real: no client is ever left hanging, and the process goes on."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress

import httpx
import pytest
from httpx_sse import ServerSentEvent

from harness.fault_client import (
    CONSUMER,
    MEMORY,
    SECONDS,
    VIEW,
    WELL,
    Site,
    drain,
    fault_site,
    status_of,
)
from harness.servers import SERVERS
from harness.waiting import until

pytestmark = pytest.mark.processes

VIEWS = (VIEW, "/synchronous-view/{}/")


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with fault_site(request.param) as site:
        yield site
        assert not site.complaints


def ids(events: list[ServerSentEvent]) -> list[int]:
    return [int(event.id) for event in events]


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_pipeline_that_ends(site: Site, url: str) -> None:
    events = site.read(url.format(site.start("finish")))
    assert events[-1].event == "complete"
    assert ids(events) == list(range(1, len(events) + 1))


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_pipeline_that_raises(site: Site, url: str) -> None:
    events = site.read(url.format(site.start("fail")))
    assert events[-1].event == "errored"
    assert events[-1].json()["reason"] == "component_failed"


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_stream_that_is_cancelled(site: Site, url: str) -> None:
    stream = site.start("stay")
    events = site.events(url.format(stream))
    assert next(events).event == "stream"
    assert site.client.post(f"/streams/{stream}/cancel/").status_code == 202
    *_, last = events
    assert (last.event, last.json()["reason"]) == ("errored", "cancelled")


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_reader_that_comes_back(site: Site, url: str) -> None:
    url = url.format(site.start("finish"))
    events = site.read(url)
    for event in events[:-1]:
        replayed = site.read(url, **{"Last-Event-ID": event.id})
        assert [(each.id, each.event, each.data) for each in replayed] == [
            (each.id, each.event, each.data) for each in events[int(event.id) :]
        ]
    again = site.client.get(url, headers={"Last-Event-ID": events[-1].id})
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE"])
def test_a_method_that_reads_nothing(site: Site, method: str) -> None:
    stream = site.start("stay")
    reply = site.client.request(method, CONSUMER.format(stream))
    assert reply.status_code == {"HEAD": 200, "OPTIONS": 204, "DELETE": 405}[method]
    assert site.inspect(stream)["readers"] == 0


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_client_that_leaves(site: Site, url: str) -> None:
    stream = site.start("stay")
    before = site.inspect(stream)
    events = site.events(url.format(stream))
    assert next(events).event == "stream"
    assert site.inspect(stream)["readers"] == 1
    events.close()
    until(lambda: site.inspect(stream)["readers"] == 0, seconds=3)  # not by the heartbeat
    until(lambda: site.inspect(stream)["tasks"] <= before["tasks"])


@pytest.mark.parametrize("fault", ["raising", "cancelling"])
def test_a_consumer_that_breaks_off(site: Site, fault: str) -> None:
    stream = site.start("stay")
    events = site.read(f"/{fault}/{stream}/", Connection="close")  # uvicorn cuts it after
    assert events[-1].event == "text"
    until(lambda: site.inspect(stream)["readers"] == 0)
    assert site.read(CONSUMER.format(site.start("finish")))[-1].event == "complete"


def test_a_view_that_breaks_off(site: Site) -> None:
    stream = site.start("stay")
    with suppress(httpx.RemoteProtocolError) if site.name != "daphne" else nullcontext():
        site.read(f"/raising-view/{stream}/", Connection="close")
    until(lambda: site.inspect(stream)["readers"] == 0)
    assert site.read(CONSUMER.format(site.start("finish")))[-1].event == "complete"


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_client_that_vanishes_unread(site: Site, url: str) -> None:
    stream = site.start("flood")
    # granian tells nobody of one that left before a byte came: a deaf client waits for it.
    with site.deaf(url.format(stream)):
        pass
    until(lambda: site.inspect(stream)["readers"] == 0)
    assert f"{stream}/events/: let go" not in site.server.log  # not by the write deadline


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_client_that_takes_nothing(site: Site, url: str) -> None:
    stream = site.start("flood")
    before = site.inspect(stream)
    with site.deaf(url.format(stream)) as client:
        until(lambda: site.inspect(stream)["readers"] == 0)
        after = site.inspect(stream)
        assert after["memory"] - before["memory"] < MEMORY
        if site.name != "granian":
            until(lambda: site.inspect(stream)["files"] <= before["files"])
        assert len(drain(client)) < 2**23
    events = site.events(CONSUMER.format(stream), **{"Last-Event-ID": "5"})
    assert next(events).id == "6"
    events.close()


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_server_that_is_ended(server_name: str, url: str) -> None:
    with fault_site(server_name) as site:
        events = site.events(url.format(site.start("stay")))
        assert next(events).event == "stream"
        ended = time.monotonic()
        os.kill(site.server.pid, signal.SIGTERM)
        *_, last = events
        assert (last.event, last.json()["reason"]) == ("errored", "shutdown")
        assert time.monotonic() - ended < 3
        assert until(lambda: status_of(site.server.pid), SECONDS) in WELL


@pytest.mark.parametrize("url", [CONSUMER, VIEW])
def test_a_server_that_is_ended_with_a_client_that_takes_nothing(
    server_name: str, url: str
) -> None:
    with fault_site(server_name) as site:
        flood = site.start("flood")
        with site.deaf(url.format(flood)):
            os.kill(site.server.pid, signal.SIGTERM)
            assert until(lambda: status_of(site.server.pid), SECONDS) in WELL
