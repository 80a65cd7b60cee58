"""The counts of the terminal frame, while threads send."""

import threading
from collections import Counter

import pytest
from pytest_django import Settings

from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler, StreamEnded
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import TIMEOUT, race

NAMES = ("text", "speech", "citations")
ROUNDS = 10


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Use each store in turn."""
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        settings.SSE_PIPELINE = {"STORE": server.url}


def race_to_the_end() -> None:
    """Let a thread for each component send until the stream ends, and compare the counts."""
    handler = SSEHandler(components=NAMES)
    handler.open()
    begun = threading.Barrier(len(NAMES) + 1)

    def send(name: str) -> None:
        for number in range(2000):
            try:
                handler.send(name, component=name, number=number)
            except StreamEnded:
                return
            if number == 20:
                begun.wait(TIMEOUT)

    def settle() -> None:
        begun.wait(TIMEOUT)
        for name in NAMES:
            handler.mark_component_complete(name)

    race(len(NAMES) + 1, lambda number: settle() if number == len(NAMES) else send(NAMES[number]))
    events = list(Decoder().feed(b"".join(handler)))
    ledger = events[-1].json()["components"]
    sent = Counter(event.event for event in events)
    size = Counter[str]()
    for event in events:
        size[event.event] += len(f"event: {event.event}\ndata: {event.data}\n\n")
    assert {name: ledger[name]["frames"] for name in NAMES} == {name: sent[name] for name in NAMES}
    assert {name: ledger[name]["bytes"] for name in NAMES} == {name: size[name] for name in NAMES}
    assert handler.snapshot().ledger() == ledger


@pytest.mark.usefixtures("store")
def test_the_counts_of_the_end_are_those_of_the_log() -> None:
    for _ in range(ROUNDS):
        race_to_the_end()
