"""`python -m harness.takeover`: kill a worker in the middle of an answer, or while it is saved.

The demonstration over Redis: two web processes, and a worker of Celery. An answer has three
components, each in a task of its own, and a finalizer that keeps it in the database. One process
of the worker is killed (-9): the one that writes the text, at a random moment from its first word,
or the one that runs the finalizer, at a random moment of the run. A reader follows the stream
through one of the web processes, and another one reads it afterwards through the other.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
from httpx_sse import connect_sse

from harness import finalizer_runs
from harness.documents import write_part
from harness.redis_server import redis_server
from harness.servers import ROOT, Server, serve

if TYPE_CHECKING:
    from sse_pipeline import SSEHandler

#: How long the text and its finalizer take, about; and a run of the finalizer. In seconds.
ANSWER, RUN = 0.7, 0.06
PATIENCE = 60.0
DOCUMENT = ROOT / "docs" / "reliability.md"
VICTIMS = ("the producer", "the finalizer")


class Finding(NamedTuple):
    """How one answer went: what was saved, what its reader saw, and how it ended."""

    victim: str
    killed: bool
    rows: int
    runs: int
    overlaps: int
    #: The components that began anew, and how many of them the killed process had not begun.
    restarted: tuple[str, ...]
    strangers: int
    attempt: int
    whole: bool
    state: str

    @property
    def is_right(self) -> bool:
        """Whether it was saved once and whole, and nothing but the killed part began anew."""
        alone = self.strangers == 0 and len(self.restarted) <= self.killed
        saved = (self.rows, self.overlaps, self.whole) == (1, 0, True)
        return saved and alone and self.state == "complete"


class Killer:
    """Kills one process at a random moment, in a thread of its own."""

    def __init__(self, randomness: random.Random, stream_id: str, runs: str) -> None:
        self._random = randomness
        self._stream_id = stream_id
        self._runs = runs
        self._thread = threading.Thread()
        self._over = threading.Event()
        #: When it was killed, by its number.
        self.killed: dict[int, float] = {}

    def kill_later(self, process: int) -> None:
        """Kill a process that writes."""
        self._start(lambda: self._kill(process, self._random.uniform(0, ANSWER)))

    def kill_the_finalizers(self, spared: frozenset[int]) -> None:
        """Kill the process that runs the finalizer, unless it is one of these."""

        def find() -> None:
            while not self._over.wait(0.001):
                process = finalizer_runs.process_that_runs(self._runs, self._stream_id)
                if process is not None:
                    if process not in spared:
                        self._kill(process, self._random.uniform(0, RUN))
                    return

        self._start(find)

    def join(self) -> None:
        """Wait until it is done. The answer is over: there is nothing more to find."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _start(self, work: Any) -> None:
        self._thread = threading.Thread(target=work)
        self._thread.start()

    def _kill(self, process: int, pause: float) -> None:
        time.sleep(pause)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            self.killed[process] = time.monotonic()


def take_over(count: int, seed: int) -> Generator[Finding]:
    """Kill so many processes; yield how each answer went."""
    with redis_server() as server, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "harness.takeover_settings",
            "DJANGO_DATABASE": str(Path(folder) / "db.sqlite3"),
            "SSE_PIPELINE_STORE": server.url,
            "SSE_PIPELINE_LOG_LEVEL": "CRITICAL",
            "CELERY_BROKER": server.url.removesuffix("0") + "1",
            "PYTHONDEVMODE": "",
        }
        from django.core.management import call_command

        from harness import takeover_tasks  # noqa: F401 - its settings name the server

        runs = str(Path(folder) / "runs.sqlite3")
        finalizer_runs.make_table(runs)
        call_command("migrate", verbosity=0)
        with _worker(), _web() as first, _web() as second:
            for number in range(count):
                readers = (first, second) if number % 2 else (second, first)
                randomness = random.Random(f"{seed} {number}")
                yield _answer(randomness, VICTIMS[number // 2 % 2], runs, readers)


def _answer(
    randomness: random.Random, victim: str, runs: str, readers: tuple[Server, Server]
) -> Finding:
    from harness.takeover_tasks import PARTS, WORDS, produce, save
    from sse_pipeline import SSEHandler

    handler = SSEHandler()
    for name in PARTS:
        handler.register_component(name, claim=False, attempts=3)
    handler.finalize("save", save, arguments={"runs": runs}, attempts=3)
    for name in PARTS:
        produce.delay(handler.stream_id, name)
    killer = Killer(randomness, handler.stream_id, runs)
    events = list[dict[str, Any]]()
    spared = frozenset({os.getpid(), *(server.pid for server in readers)})
    if victim == VICTIMS[1]:
        killer.kill_the_finalizers(spared)
    for event in _read(readers[0], handler.stream_id):
        events.append(event)
        begins = event["type"] == "text" and (event["chunk"], event["attempt"]) == (WORDS[0], 1)
        if victim == VICTIMS[0] and begins:
            killer.kill_later(event["process"])
    killer.join()
    handler.is_complete.wait(PATIENCE)
    late = list(_read(readers[1], handler.stream_id))
    found = finalizer_runs.runs_of(runs, handler.stream_id, killer.killed)
    return _finding(handler, victim, killer.killed, found, events, is_same=events == late)


def _finding(
    handler: SSEHandler,
    victim: str,
    killed: dict[int, float],
    runs: finalizer_runs.Runs,
    events: list[dict[str, Any]],
    *,
    is_same: bool,
) -> Finding:
    from harness.takeover_tasks import PARTS, WORDS
    from project.models import KeptAnswer

    text = "".join(WORDS)
    made = {each["type"] for each in events if each.get("process") in killed}
    restarted = tuple(each["component"] for each in events if each.get("restart"))
    kept = KeptAnswer.objects.filter(stream_id=handler.stream_id)
    snapshot = handler.snapshot()
    return Finding(
        victim,
        bool(killed),
        kept.filter(text=text).count(),
        *runs,
        restarted,
        sum(PARTS[name][0] not in made for name in restarted),
        snapshot.registry.components["text_generation"].attempt,
        is_same and _text_of(events) == text and kept.count() == 1,
        snapshot.state,
    )


def _text_of(events: list[dict[str, Any]]) -> str:
    """Return the text as a page has it, which forgets what another attempt begins anew."""
    text = ""
    for event in events:
        if event.get("restart") and event["component"] == "text_generation":
            text = ""
        elif event["type"] == "text":
            text += event["chunk"]
    return text


def _read(server: Server, stream_id: str) -> Iterator[dict[str, Any]]:
    url = f"{server.url}/streams/{stream_id}/events/"
    with httpx.Client(timeout=PATIENCE) as client, connect_sse(client, "GET", url) as source:
        if source.response.status_code != httpx.codes.OK:
            reply = source.response.read().decode()
            raise RuntimeError(f"{url}: {source.response.status_code}, {reply}\n{server.log}")
        for event in source.iter_sse():
            if event.data and event.event != "ping":
                yield event.json()


def _web() -> contextlib.AbstractContextManager[Server]:
    return serve("daphne", "project.asgi:application")


@contextlib.contextmanager
def _worker() -> Iterator[None]:
    command = ("-m", "celery", "-A", "harness.takeover_tasks", "worker", "--loglevel", "critical")
    options = ("--pool", "prefork", "--concurrency", "4", "-O", "fair", "--without-mingle")
    process = subprocess.Popen(
        [sys.executable, *command, *options, "--without-gossip", "--without-heartbeat"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def table(found: Sequence[Finding], seed: int) -> str:
    """Return what was found, as a part of the document."""
    rows = []
    for victim in VICTIMS:
        findings = [each for each in found if each.victim == victim]
        counts = (
            len(findings),
            sum(each.killed for each in findings),
            sum(each.attempt > 1 for each in findings),
            sum(bool(each.restarted) for each in findings),
            sum(each.runs > 1 for each in findings),
            sum(each.is_right for each in findings),
        )
        rows.append(f"| {victim} | {' | '.join(map(str, counts))} |")
    wrong = sum(not each.is_right for each in found)
    columns = (
        "who is killed", "answers", "killed", "text by a further attempt", "seen to begin anew",
        "finalizer run again", "saved once",
    )  # fmt: skip
    summary = (
        f"{len(found)} answers (seed {seed}). Not saved once, not whole, or with another part that"
        f" began anew: {wrong}."
    )
    lines = (
        summary,
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *rows,
    )
    return "\n".join(lines)


def main() -> int:
    """Print what was found; return 1 if an answer was not saved once."""
    parser = argparse.ArgumentParser(prog="python -m harness.takeover")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the table into the document")
    parser.add_argument("--verbose", action="store_true", help="print each answer as it ends")
    options = parser.parse_args()
    with contextlib.closing(take_over(options.count, options.seed)) as findings:
        found = []
        for finding in findings:
            found.append(finding)
            if options.verbose:
                print(finding, flush=True)
    for finding, count in Counter(found).most_common():
        print(f"{count:4} x {finding}")
    text = table(found, options.seed)
    print(text)
    if options.write:
        write_part(DOCUMENT, "takeover", text)
    return int(not all(each.is_right for each in found))


if __name__ == "__main__":
    sys.exit(main())
