"""`python -m harness.producer <socket>`: a process whose forks produce on command.

Each request on the socket brings the two pipes of a fork, for its commands and its answers: one
command a line. An answer is a line of JSON: `{"ok": …}`, or `{"error": …}` with the name of the
exception.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.producer_settings")

#: How many seconds the clocks of this process are fast.
skew = [0.0]
clock, steady = time.time, time.monotonic
time.time = lambda: clock() + skew[0]
time.monotonic = lambda: steady() + skew[0]

import django

django.setup()

from django.conf import settings

from sse_pipeline import SSEHandler, conf, stores
from sse_pipeline.streams.component import ComponentContext

handlers: dict[str, SSEHandler] = {}
contexts: dict[tuple[str, str], ComponentContext] = {}


def handler(stream: str) -> SSEHandler:
    if stream not in handlers:
        handlers[stream] = SSEHandler.attach(stream)
    return handlers[stream]


def open_stream(components: list[str], **options: Any) -> str:
    opened = SSEHandler(components=components, **options)
    opened.snapshot()
    handlers[opened.stream_id] = opened
    return opened.stream_id


def get_or_open(key: str, count: int) -> list[tuple[str, bool]]:
    """Ask for the stream of a key in so many threads at once."""
    with ThreadPoolExecutor(count) as threads:
        found = threads.map(
            lambda _: SSEHandler.get_or_open(key, components=["text"]), range(count)
        )
        return [(each.stream_id, is_new) for each, is_new in found]


def register(stream: str, name: str, **options: Any) -> None:
    handler(stream).register_component(name, **options)


def enter(stream: str, name: str) -> None:
    context = contexts[stream, name] = handler(stream).component(name)
    context.__enter__()


def send(stream: str, component: str | None, chunk: Any) -> None:
    handler(stream).send("text", component=component, chunk=chunk)


def blast(stream: str, component: str | None, start: int, count: int) -> None:
    for number in range(start, start + count):
        send(stream, component, number)


def blast_on(stream: str, component: str | None) -> None:
    """Send frames and print how many were accepted, until the process is killed."""
    number = 0
    while True:
        send(stream, component, number)
        number += 1
        if number % 50 == 0:
            handler(stream).snapshot()  # answers after all frames that were sent
            print(json.dumps({"ok": number}), flush=True)


def complete(stream: str, name: str) -> bool:
    return handler(stream).mark_component_complete(name)


def ledger(stream: str) -> dict[str, Any]:
    snapshot = handler(stream).snapshot()
    return {
        "stream": stream,
        "state": snapshot.state,
        "verdict": snapshot.verdict,
        "components": snapshot.ledger(),
        "frames": snapshot.traffic.frames,
    }


def cancel(stream: str) -> bool:
    return handler(stream).cancel()


def cancelled(stream: str) -> bool:
    return handler(stream).cancelled


def wait_cancelled(stream: str, seconds: float) -> bool:
    return handler(stream).is_cancelled.wait(seconds)


def ended(stream: str, seconds: float) -> bool:
    return handler(stream).is_complete.wait(seconds)


def fork(stream: str, component: str) -> int:
    """Let a forked child finish the component, after this process has opened the store."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    handler(stream).send("text", component=component, chunk="of the child")
    complete(stream, component)
    stores.current().close()
    os._exit(0)


def now() -> float:
    return stores.current().now()


COMMANDS: dict[str, Callable[..., Any]] = {
    "open": open_stream,
    **{
        each.__name__: each
        for each in (
            get_or_open, register, enter, send, blast, blast_on, complete, ledger, cancel,
            cancelled, wait_cancelled, ended, fork, now,
        )
    },
}  # fmt: skip


def main() -> None:
    """Fork a producer for each request; reap all of them when nobody is left to ask."""
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        while True:
            message, pipes, *_ = socket.recv_fds(asked, 65536, 2)
            if not message:
                break
            if not (child := os.fork()):
                asked.close()
                produce(json.loads(message), *pipes)
                return
            for pipe in pipes:
                os.close(pipe)
            asked.send(b"%d" % child)
    with suppress(ChildProcessError):
        while True:
            os.wait()


def produce(options: dict[str, str], *pipes: int) -> None:
    """Obey the commands of a pipe."""
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
        os.close(pipe)
    skew[0] = float(options["CLOCK_SKEW"])
    lease = float(options["LEASE"])
    settings.SSE_PIPELINE = {**settings.SSE_PIPELINE, "STORE": options["STORE"], "LEASE": lease}
    conf.get.cache_clear()
    for line in sys.stdin:
        name, arguments, options = json.loads(line)
        try:
            answer = {"ok": COMMANDS[name](*arguments, **options)}
        except Exception as error:
            answer = {"error": type(error).__name__, "message": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
