"""Producers, each in a process of its own, that are told what to do and may be killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from harness.servers import ROOT

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.producer_settings", "PYTHONDEVMODE": ""}


class Refused(Exception):
    """Raised with the name of the error that a producer answered."""


class Producer:
    """A process that produces, and answers command by command."""

    def __init__(self, store: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness.producer"],
            cwd=ROOT,
            env={**os.environ, **SETTINGS, "SSE_PIPELINE_STORE": store, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, command: str, *arguments: Any, **options: Any) -> None:
        """Give a command, and do not wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([command, arguments, options]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Wait for an answer; raises `Refused` for an error."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise EOFError("the producer has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"], answer["message"])
        return answer["ok"]

    def __call__(self, command: str, *arguments: Any, **options: Any) -> Any:
        self.tell(command, *arguments, **options)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Have it stand still."""
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
    """Run so many producers until the block is left."""
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
