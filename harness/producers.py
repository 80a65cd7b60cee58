"""Producers in processes of their own, which obey commands and can be killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from harness.servers import ROOT

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.producer_settings", "PYTHONDEVMODE": ""}


class Refused(Exception):
    """A producer answered with an error: its name and its message."""


class Producer:
    """A process that produces, and answers each command."""

    def __init__(self, store: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness.producer"],
            cwd=ROOT,
            env={**os.environ, **SETTINGS, "SSE_PIPELINE_STORE": store, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, command: str, *arguments: Any, **options: Any) -> None:
        """Send a command; do not wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([command, arguments, options]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Wait for the next answer and return it.

        Raises:
            Refused: The command raised an error.
            EOFError: The producer has ended.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise EOFError("the producer has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"], answer["message"])
        return answer["ok"]

    def __call__(self, command: str, *arguments: Any, **options: Any) -> Any:
        self.start(command, *arguments, **options)
        return self.answer()

    def kill(self, after: float = 0) -> None:
        """Kill it, after so many seconds: a moment in the middle of its work."""
        time.sleep(after)
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Stop it, until `resume`."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.resume()
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(timeout=10)
        self.process.wait()


@contextlib.contextmanager
def producers(store: str, count: int = 1, **environment: str) -> Iterator[list[Producer]]:
    """Run `count` producers until the block is left."""
    made = [Producer(store, **environment) for _ in range(count)]
    try:
        yield made
    finally:
        for each in made:
            if each.process.poll() is None:
                each.kill()
            for pipe in (each.process.stdin, each.process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
