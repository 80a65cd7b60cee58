"""Producers in processes of their own, which obey commands and can be killed.

They are forks of a process that has imported Django, one for each kind of settings: an import takes
a second of the processor, and a fork a hundredth.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

from harness.servers import ROOT

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.producer_settings", "PYTHONDEVMODE": ""}


class Refused(Exception):
    """A producer answered with an error: its name and its message."""


class Producer:
    """A process that produces, and answers each command."""

    def __init__(self, pid: int, commands: int, answers: int) -> None:
        self._pid = pid
        self._commands = os.fdopen(commands, "w")
        self._answers = os.fdopen(answers)

    def start(self, command: str, *arguments: Any, **options: Any) -> None:
        """Send a command; do not wait for its answer."""
        self._commands.write(json.dumps([command, arguments, options]) + "\n")
        self._commands.flush()

    def answer(self) -> Any:
        """Wait for the next answer and return it.

        Raises:
            Refused: The command raised an error.
            EOFError: The producer has ended.
        """
        line = self._answers.readline()
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
        os.kill(self._pid, signal.SIGKILL)  # nobody else has its id: it is not reaped yet
        self._answers.read()

    def pause(self) -> None:
        """Stop it, until `resume`."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def close(self) -> None:
        """Kill it, if it lives, and close the pipes."""
        self.kill()
        self._answers.close()
        with contextlib.suppress(BrokenPipeError):
            self._commands.close()


class Parent:
    """A process with settings, whose forks are producers. It ends when this one does."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._socket, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.producer", str(its.fileno())],
                cwd=ROOT,
                env={**os.environ, **SETTINGS, **environment},
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
            )
        atexit.register(self._end)

    def fork(self, options: dict[str, str]) -> Producer:
        """Start a producer; `options` are the value of `STORE`, and further ones."""
        its_commands, commands = os.pipe()
        answers, its_answers = os.pipe()
        theirs = [its_commands, its_answers]
        socket.send_fds(self._socket, [json.dumps(options).encode()], theirs)
        for each in theirs:
            os.close(each)
        return Producer(int(self._socket.recv(100)), commands, answers)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def _parent(environment: frozenset[tuple[str, str]]) -> Parent:
    return Parent(dict(environment))


@contextlib.contextmanager
def producers(
    store: str, count: int = 1, *, lease: str = "1", clock_skew: str = "0", **environment: str
) -> Iterator[list[Producer]]:
    """Run `count` producers until the block is left."""
    kind = "database" if store.startswith("database") else "redis://"
    parent = _parent(frozenset({**environment, "SSE_PIPELINE_STORE": kind}.items()))
    options = {"STORE": store, "LEASE": lease, "CLOCK_SKEW": clock_skew}
    made = list[Producer]()
    try:
        for _ in range(count):
            made.append(parent.fork(options))
        yield made
    finally:
        for each in made:
            each.close()
