"""Random schedules of four processes on three components, with kills, checked against a model.

`SSE_SCHEDULES=500` runs as many on a store; each round of them shares its processes, and their
deaths.
"""

import os
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from httpx_sse import ServerSentEvent

from harness.event_source import check
from harness.producers import Producer, Refused, producers
from sse_pipeline import SSEHandler
from sse_pipeline.decoder import Decoder, Event

ROUND = 25
STEPS = 12
COMPONENTS = ("a", "b", "c")
#: Seconds that a round takes at most: what a dead process had is taken over in time, or not at all.
LEASE = 3.0
#: A stream ends within so many seconds after its processes died or have done their work.
BOUND = 15.0


@dataclass
class Model:
    """One stream as it has to be: what was accepted, by whom, and who owns what."""

    stream: str
    required: dict[str, bool]
    owner: dict[str, int | None]
    may_be: dict[str, set[str]] = field(default_factory=dict)
    sent: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    perhaps: set[str] = field(default_factory=set)

    def pending(self) -> list[str]:
        return [name for name in COMPONENTS if name not in self.may_be]

    def check(self, events: Sequence[Event]) -> None:
        check([ServerSentEvent(each.event, each.data, each.id) for each in events])
        arrived: dict[tuple[int, str], list[str]] = defaultdict(list)
        for event in events:
            if event.event == "text":
                process, name, _ = event.json()["chunk"].split(":")
                arrived[int(process), name].append(event.json()["chunk"])
        for key, sent in self.sent.items():
            certain = [chunk for chunk in sent if chunk not in self.perhaps]
            assert arrived[key][: len(certain)] == certain
            assert arrived[key] == sent[: len(arrived[key])]
        assert set(arrived) <= set(self.sent) | {key for key in arrived if not arrived[key]}
        end = events[-1].json()
        ledger = end["components"]
        for name, statuses in self.may_be.items():
            assert ledger[name]["status"] in statuses, (name, ledger)
        lost = [n for n in COMPONENTS if self.required[n] and ledger[n]["status"] != "complete"]
        assert end["type"] == ("errored" if lost else "complete")
        assert not lost or end["reason"] == "producer_lost"


class Round:
    """The schedules that share four processes."""

    def __init__(self, several: list[Producer], seed: int) -> None:
        self.random = random.Random(seed)
        self.several = several
        self.alive = set(range(len(several)))
        # Each process imports and connects its store here. The first stream would wait for that in
        # the middle of its registrations, while its unclaimed components have two seconds.
        for each in several:
            each("open", [])
        self.models = [self._open() for _ in range(ROUND)]

    def run(self) -> None:
        deaths = self.random.sample(range(STEPS), self.random.randrange(3))
        for step in range(STEPS):
            for model in self.models:
                self._step(model)
            if step in deaths:
                self._kill()
        for model in self.models:
            self._settle(model)

    def _anyone(self) -> int:
        return self.random.choice(sorted(self.alive))

    def _open(self) -> Model:
        """Open a stream; each component is registered by someone, and by some for another."""
        opener = self._anyone()
        stream = self.several[opener]("open", [])
        model = Model(stream, {}, {})
        for name in COMPONENTS:
            claim, process = self.random.random() < 0.8, self._anyone()
            model.required[name] = self.random.random() < 0.7
            model.owner[name] = process if claim else None
            self.several[process](
                "register", stream, name, required=model.required[name], claim=claim
            )
        for name in COMPONENTS:
            if model.owner[name] is None:
                self._send(model, self._anyone(), name)
        return model

    def _step(self, model: Model) -> None:
        if not model.pending():
            return
        name, process = self.random.choice(model.pending()), self._anyone()
        choice = self.random.random()
        if choice < 0.75:
            self._send(model, process, name)
        elif choice < 0.85:
            self.several[process]("enter", model.stream, name)
            self.several[process]("ledger", model.stream)
            model.owner[name] = process
        elif len(model.pending()) > 1:
            self._complete(model, process, name)

    def _send(self, model: Model, process: int, name: str) -> None:
        sent = model.sent[process, name]
        sent.append(f"{process}:{name}:{len(sent)}")
        self.several[process]("send", model.stream, name, sent[-1])
        self.several[process]("ledger", model.stream)  # after what was sent: it is there
        model.owner[name] = process

    def _complete(self, model: Model, process: int, name: str) -> None:
        assert self.several[process]("complete", model.stream, name) is True
        assert self.several[process]("complete", model.stream, name) is False
        model.may_be[name] = {"complete"}

    def _kill(self) -> None:
        """Kill a process in the middle of something; what it was at may have been done or not."""
        if len(self.alive) == 1:
            return
        process = self._anyone()
        for model in self.models:
            mine = [name for name in model.pending() if model.owner[name] == process]
            if not mine:
                continue
            name = self.random.choice(mine)
            if self.random.random() < 0.3 and len(model.pending()) > 1:
                self.several[process].start("complete", model.stream, name)
                model.may_be[name] = {"complete", "lost"}
            else:
                sent = model.sent[process, name]
                sent.append(f"{process}:{name}:{len(sent)}")
                model.perhaps.add(sent[-1])
                self.several[process].start("send", model.stream, name, sent[-1])
        self.several[process].kill()
        self.alive.discard(process)

    def _settle(self, model: Model) -> None:
        """Let the living producers complete their components; those of the dead are lost."""
        for name in model.pending():
            owner = model.owner[name]
            if owner in self.alive and owner is not None:
                self._finish(model, owner, name)
            else:
                model.may_be[name] = {"lost", "abandoned"}

    def _finish(self, model: Model, process: int, name: str) -> None:
        try:
            done = self.several[process]("complete", model.stream, name)
        except Refused:
            done = False
        model.may_be[name] = {"complete"} if done else {"abandoned"}


def seeds(schedules: int) -> range:
    """Return a seed for each round of so many schedules, or of what the environment asks for."""
    return range(-(-int(os.environ.get("SSE_SCHEDULES", str(schedules))) // ROUND))


def play(seed: int, store: str, **environment: str) -> None:
    """Play a round on a store that this process shares, and check its streams.

    `store` and the environment are those of the processes.
    """
    with producers(store, 4, lease=str(LEASE), **environment) as several:
        played = Round(several, seed)
        played.run()
        for model in played.models:
            handler = SSEHandler.attach(model.stream)
            assert handler.is_complete.wait(BOUND), handler.snapshot()
            model.check(list(Decoder().feed(b"".join(handler))))
