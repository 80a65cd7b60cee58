"""Middleware that wraps `send`, around the whole application, on each server, run for real."""

import os
import signal
from contextlib import ExitStack

import pytest
from httpx_sse import ServerSentEvent

from harness.fault_client import CONSUMER, MEMORY, SECONDS, VIEW, WELL, fault_site, status_of
from harness.waiting import until

#: Each connection that is not freed holds one.
CLIENTS = 3


@pytest.mark.parametrize("wrapper", ["closure", "opentelemetry", "sentry"])
def test_a_server_behind_middleware(server_name: str, wrapper: str) -> None:
    with fault_site(server_name, wrapper) as site, ExitStack() as clients:
        stream = site.start("flood")
        before = site.inspect(stream)
        for url in [CONSUMER, VIEW] * CLIENTS:
            clients.enter_context(site.deaf(url.format(stream)))
        until(lambda: site.inspect(stream)["readers"] == 0)
        if server_name != "granian":
            until(lambda: site.inspect(stream)["files"] <= before["files"])
        assert site.inspect(stream)["memory"] - before["memory"] < MEMORY
        until(lambda: site.inspect(stream)["tasks"] <= before["tasks"])
        assert not site.complaints
        assert "no connection was found" not in site.server.log

        readers = [site.events(url.format(site.start("stay"))) for url in (CONSUMER, VIEW)]
        for events in readers:
            assert next(events).event == "stream"
        for url in (CONSUMER, VIEW):
            clients.enter_context(site.deaf(url.format(stream)))
        os.kill(site.server.pid, signal.SIGTERM)
        for events in readers:
            *_, last = events
            assert (last.event, last.json()["reason"]) == ("errored", "shutdown")
        assert until(lambda: status_of(site.server.pid), SECONDS) in WELL


@pytest.mark.parametrize("url", [CONSUMER, VIEW])
def test_a_connection_that_can_not_be_found_is_ended_from_this_side(
    server_name: str, url: str
) -> None:
    with fault_site(server_name, "hidden") as site:
        stream = site.start("flood")
        before = site.inspect(stream)
        with ExitStack() as clients:
            for _ in range(CLIENTS):
                clients.enter_context(site.deaf(url.format(stream)))
            until(lambda: "no connection was found" in site.server.log)
            until(lambda: site.inspect(stream)["readers"] == 0)
            assert site.inspect(stream)["memory"] - before["memory"] < MEMORY
        events: list[ServerSentEvent] = []
        last = "0"
        while len(events) < 20:  # Daphne cuts the body, and a client comes back
            for event in site.events(url.format(stream), **{"Last-Event-ID": last}):
                events.append(event)
                last = event.id
                if len(events) == 20:
                    break
        assert [int(event.id) for event in events] == list(range(1, 21))
        assert site.server.log.count("no connection was found") == 1
