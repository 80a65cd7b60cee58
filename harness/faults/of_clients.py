"""Faults of clients: they read nothing, or hardly anything, or are gone."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from socket import socket

import httpx

from harness.event_source import PLAIN
from harness.faults.findings import growth, release
from harness.faults.scenarios import BLOCK, BLOCKS
from harness.faults.stage import Stage, awaited, wait_for_streams
from harness.slow_clients import StoppedClient, dripping, stuck, vanish
from harness.waiting import until

#: So many clients at once: what is held for each shows in the memory.
CLIENTS = 3


def reads_nothing(stage: Stage) -> str:
    """Have clients that read nothing of 42 MB."""
    return _slow(stage, stuck)


def reads_a_byte_a_second(stage: Stage) -> str:
    """Have clients that read a byte a second of 42 MB."""
    return _slow(stage, dripping)


def _slow(stage: Stage, client: Callable[[str], AbstractContextManager[socket]]) -> str:
    stream, kept = stage.open("flood"), stage.column.subject.keeps
    url = stage.server().url + stage.events(stream)
    with ExitStack() as stack:
        if kept:
            stage.begin("flood", stream)
            # So that the process holds the frames already, whoever made them.
            stack.enter_context(_reading_all(url))
        idle, memory, begun = int(kept), stage.memory(), time.monotonic()
        with awaited(stage, CLIENTS):
            clients = [stack.enter_context(client(url)) for _ in range(CLIENTS)]
        ports = {each.getsockname()[1] for each in clients}
        if not kept:
            stage.begin("flood", stream)
        found = release(stage, idle, ports, begun)
        return f"{found}, {growth(memory, stage.memory())}"


@contextmanager
def _reading_all(url: str) -> Iterator[None]:
    """Read all frames of a flood, and stay."""
    left = BLOCKS * len(BLOCK)
    with httpx.stream("GET", url, timeout=60, verify=PLAIN) as response:
        chunks = response.iter_bytes()  # named: the connection is closed with the iterator
        for chunk in chunks:
            left -= len(chunk)
            if left <= 0:
                break
        yield


def vanishes(stage: Stage) -> str:
    """Have a client that resets its connection while nothing is sent."""
    stream = stage.open("quiet")
    with stuck(stage.server().url + stage.events(stream)) as client:
        wait_for_streams(stage, 1)
        stage.begin("quiet", stream)
        client.recv(1)
        port, begun = client.getsockname()[1], time.monotonic()
        vanish(client)
        return release(stage, 0, {port}, begun)


def stops_while_frames_come(stage: Stage) -> str:
    """Stop the process of a client that is sent 3 MB a second."""
    return _half_open(stage, "steady")


def stops_while_nothing_comes(stage: Stage) -> str:
    """Stop the process of a client that is sent nothing but pings."""
    return _half_open(stage, "brief" if stage.column.is_library else "quiet")


def _half_open(stage: Stage, scenario: str) -> str:
    stream = stage.open(scenario)
    with closing(StoppedClient(stage.server().url + stage.events(stream))) as client:
        wait_for_streams(stage, 1)
        until(lambda: stage.connected({client.port}))
        stage.begin(scenario, stream)
        client.stop()
        return release(stage, 0, {client.port}, time.monotonic())
