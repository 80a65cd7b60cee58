"""The part of a store's contract that is about finalizers, attempts and progress."""

from contextlib import suppress

from ..exceptions import StreamEnded
from ..lifecycle import causes
from ..lifecycle.decision import decide
from ..lifecycle.finalizer import Finalizer
from ..lifecycle.progress import Progress
from ..lifecycle.registry import Component, Status
from .subject import CheckedStream, Factory, got, made, race

FINALIZER = Finalizer("module:save", {"number": 7, "text": "é"}, "signed", 30.0, 0.0)


def _left_to_its_finalizer(make: Factory) -> CheckedStream:
    stream = CheckedStream(made(make), "writer")
    stream.decide(causes.register(Component("save", attempts=3, finalizer=FINALIZER)))
    stream.append("before", "writer")
    stream.decide(causes.complete("writer"))
    return stream


def a_run_of_a_finalizer_is_begun_once(make: Factory) -> None:
    """Begin a run in eight threads: one of them does."""
    stream, begun = _left_to_its_finalizer(make), list[int]()
    kept = stream.load().registry.components["save"]
    assert kept.finalizer == FINALIZER
    assert (kept.attempt, kept.attempts) == (1, 3)

    def begin(number: int) -> None:
        old = stream.load()
        outcome = decide(old, causes.begin("save", 1), stream.store.now())
        if not outcome.taken:
            return
        held = got(stream.store.commit(stream.id, old, outcome.snapshot, outcome.frames))
        if held is outcome.snapshot:
            begun.append(number)

    race(8, begin)
    assert len(begun) == 1
    assert stream.load().registry.components["save"].runs


def a_run_that_fails_is_followed_by_another(make: Factory) -> None:
    """Begin a second run after the first; its process works on the finalizer, and frames come."""
    stream = _left_to_its_finalizer(make)
    stream.snapshot = stream.load()
    stream.decide(causes.begin("save", 1))
    for cause in (causes.fail("save", attempt=1), causes.begin("save", 2)):
        stream.snapshot = stream.load()
        stream.decide(cause)
    stream.append("meanwhile")
    snapshot = stream.snapshot = stream.load()
    tally = snapshot.traffic.components.get("save@2")
    assert not stream.store.shared or (tally is not None and tally.owner and not tally.lost)
    assert snapshot.registry.components["save"].attempt == 2
    stream.decide(causes.complete("save", {"row": 1}, 2))
    end = stream.events()[-1].json()
    assert end["type"] == "complete"
    assert end["components"]["save"]["summary"] == {"row": 1}
    assert end["components"]["save"]["attempt"] == 2


def an_attempt_refuses_the_frames_of_the_one_before(make: Factory) -> None:
    """Lose the first attempt, and begin a second: only that one may send, and it is counted."""
    stream = CheckedStream(made(make))
    stream.decide(causes.register(Component("writer", attempts=2)))
    stream.decide(causes.take("writer"))
    stream.append("of the first", "writer")
    for cause in (causes.fail("writer", Status.LOST, retryable=True), causes.take("writer")):
        stream.snapshot = stream.load()
        stream.decide(cause)
    with suppress(StreamEnded):  # a shared store may find out later, and drops it
        stream.append("too late", "writer")
    stream.append("of the second", "writer@2")
    stream.snapshot = snapshot = stream.load()
    component, tally = (
        snapshot.registry.components["writer"],
        snapshot.traffic.components["writer@2"],
    )
    assert (component.attempt, component.since) == (2, 2)
    assert (tally.frames, snapshot.ledger()["writer"]["frames"]) == (1, 1)
    assert not stream.store.shared or tally.owner
    stream.decide(causes.complete("writer", attempt=2))
    events = stream.events()
    chunks = [event.json()["chunk"] for event in events if event.event == "text"]
    assert chunks == ["of the first", "of the second"]
    assert events[-1].json()["components"]["writer"]["frames"] == 1


def the_progress_of_a_component_is_kept(make: Factory) -> None:
    """Tell how far a component is; the end has what it told last."""
    stream = CheckedStream(made(make), "writer")
    progress = Progress(0.4, "3 of 7 “é”", stream.store.now())
    stream.decide(causes.progress("writer", progress))
    stream.snapshot = snapshot = stream.load()
    assert snapshot.registry.components["writer"].progress == progress
    stream.decide(causes.complete("writer"))
    told = [event.json().get("progress") for event in stream.events()]
    assert told[-3:-1] == [progress.told(), progress.told()]
    assert stream.events()[-1].json()["components"]["writer"]["progress"] == progress.told()
