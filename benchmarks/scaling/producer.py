"""The producer, in a process of its own: the same frames at the same pace, in each way."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import django

django.setup()

from channels.layers import channel_layers
from django_eventstream import send_event
from redis import Redis

from benchmarks.scaling.ways import OF_LIBRARY
from sse_pipeline import SSEHandler
from sse_pipeline.frames import encode

PAD = "x" * 60


class Producer(Protocol):
    """One way to send a frame that was due `at` some time, and to end a stream."""

    def send(self, stream: str, at: float) -> None: ...

    def end(self, stream: str) -> None: ...


class Library:
    """Through the library."""

    def __init__(self, streams: list[str]) -> None:
        self._handlers = {stream: SSEHandler.attach(stream) for stream in streams}

    def send(self, stream: str, at: float) -> None:
        self._handlers[stream].send("text", component="text", at=at, pad=PAD)

    def end(self, stream: str) -> None:
        self._handlers[stream].mark_component_complete("text")


class EventStream:
    """Through django-eventstream."""

    def send(self, stream: str, at: float) -> None:
        send_event(stream, "text", {"at": at, "pad": PAD})

    def end(self, stream: str) -> None:
        send_event(stream, "complete", {})


class ByHand:
    """By what writes a frame that is encoded already."""

    def __init__(self, write: Callable[[str, bytes], Any]) -> None:
        self._write = write

    def send(self, stream: str, at: float) -> None:
        self._write(stream, encode("text", {"at": at, "pad": PAD}))

    def end(self, stream: str) -> None:
        self._write(stream, encode("complete", {}))


def by_command(name: str) -> ByHand:
    """Publish or add a frame by a command of its own."""
    client = Redis.from_url(os.environ["SSE_PIPELINE_STORE"])
    if name == "alone":
        return ByHand(lambda stream, frame: client.xadd(f"bench:{stream}", {"f": frame}))
    return ByHand(lambda stream, frame: client.publish(f"bench:{stream}", frame))


def by_layer(name: str) -> ByHand:
    """Send a frame to a group of a channel layer, all from one event loop."""
    layer, runner = channel_layers[name], asyncio.Runner()
    return ByHand(
        lambda stream, frame: runner.run(
            layer.group_send(stream, {"type": "frame", "frame": frame})
        )
    )


def producer_of(way: str, streams: list[str]) -> Producer:
    """Make the producer of a way."""
    if way in OF_LIBRARY:
        return Library(streams)
    if way == "eventstream":
        return EventStream()
    kind, _, name = way.partition("-")
    return by_layer(name) if kind == "layer" else by_command(way)


def main() -> None:
    way, streams, frames, rate = json.loads(sys.argv[1])
    producer = producer_of(way, streams)
    cpu, begun = time.process_time(), time.monotonic()
    for number in range(frames * len(streams)):
        # Not when it is sent: a way that holds its producer up would hide its lateness.
        due = begun + number / rate / len(streams) if rate else time.monotonic()
        if (pause := due - time.monotonic()) > 0:
            time.sleep(pause)
        producer.send(streams[number % len(streams)], due)
    for stream in streams:
        producer.end(stream)
    print(json.dumps({"cpu": time.process_time() - cpu, "begun": begun}))


if __name__ == "__main__":
    main()
