"""The producer beside a server: the same frames at the same pace, each in its way."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from redis import Redis

from sse_pipeline import SSEHandler
from sse_pipeline.frames import encode

PAD = "x" * 60
client = Redis.from_url(os.environ["SSE_PIPELINE_STORE"])


def frame() -> bytes:
    return encode("text", {"at": time.monotonic(), "pad": PAD})


class Library:
    """Through the library."""

    def __init__(self, streams: list[str]) -> None:
        self._handlers = {stream: SSEHandler.attach(stream) for stream in streams}

    def send(self, stream: str) -> None:
        self._handlers[stream].send("text", component="text", at=time.monotonic(), pad=PAD)

    def end(self, stream: str) -> None:
        self._handlers[stream].mark_component_complete("text")


class ByHand:
    """By a command for each frame."""

    def __init__(self, write: Callable[[str, bytes], Any]) -> None:
        self._write = write

    def send(self, stream: str) -> None:
        self._write("bench:" + stream, frame())

    def end(self, stream: str) -> None:
        self._write("bench:" + stream, encode("complete", {}))


def main() -> None:
    way, streams, frames, rate = json.loads(sys.argv[1])
    ways: dict[str, Callable[[], Any]] = {
        "library": lambda: Library(streams),
        "pubsub": lambda: ByHand(client.publish),
        "alone": lambda: ByHand(lambda key, data: client.xadd(key, {"f": data}, maxlen=100_000)),
    }
    producer = ways[way]()
    begun = time.monotonic()
    for number in range(frames * len(streams)):
        if rate:
            due = begun + number / rate / len(streams)
            if (pause := due - time.monotonic()) > 0:
                time.sleep(pause)
        producer.send(streams[number % len(streams)])
    for stream in streams:
        producer.end(stream)
    print(json.dumps(time.process_time()))


if __name__ == "__main__":
    main()
