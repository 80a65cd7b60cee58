"""The status of a stream, and the sentence that says why it is open."""

import json
from dataclasses import replace

import pytest

from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.deadlines import due_at
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component, Status
from sse_pipeline.lifecycle.snapshot import Snapshot, Verdict
from sse_pipeline.lifecycle.status import describe, waiting_for
from sse_pipeline.lifecycle.traffic import Tally, Traffic

TEXT, SPEECH = Component("text", timeout=120.0), Component("speech", required=False)
DRAINING = "draining (mark_complete): ends after %s s more without a sign of life"
REGISTERED = (causes.register(TEXT), causes.register(SPEECH))


def stream(*asked: Cause) -> Snapshot:
    """Open a stream at 100, and decide a cause in each second that follows."""
    snapshot = Snapshot("1")
    for now, cause in enumerate((causes.OPEN, *asked), 100):
        snapshot = decide(snapshot, cause, now).snapshot
    return snapshot


@pytest.mark.parametrize(
    ("asked", "now", "sentence"),
    [
        ((), 100, "waiting for a component to register, or mark_complete()"),
        (
            REGISTERED[:1],
            103,
            "text: silent for 2.0 s (120 s of silence at most)",
        ),
        (
            REGISTERED,
            104.25,
            "text: silent for 3.2 s (120 s of silence at most); speech: silent for 2.2 s",
        ),
        ((*REGISTERED, causes.complete("text")), 104, "speech: silent for 2.0 s"),
        (
            (causes.register(replace(TEXT, claim_within=60.0)),),
            103,
            "text: nobody has taken it for 2.0 s (60 s at most)",
        ),
        (
            (*REGISTERED, causes.report_error("oh")),
            102,
            "text: silent for 1.0 s (120 s of silence at most); speech: at work",
        ),
        (
            (REGISTERED[1], causes.MARK_COMPLETE),
            112,
            f"speech: silent for 11.0 s; {DRAINING % 50.0}",
        ),
        (
            (REGISTERED[1], causes.MARK_COMPLETE, causes.report_error("oh")),
            112,
            f"speech: silent for 11.0 s; {DRAINING % 51.0}",
        ),
        (
            (REGISTERED[1], causes.CANCEL),
            104,
            "speech: silent for 3.0 s; draining (cancelled): ends in 3.0 s at the latest",
        ),
        (
            (REGISTERED[1], causes.MARK_COMPLETE, causes.CANCEL),
            104,
            "speech: silent for 3.0 s; draining (cancelled): ends in 4.0 s at the latest",
        ),
        (
            (*REGISTERED, causes.fail("text", Status.TIMED_OUT)),
            110,
            "speech: silent for 8.0 s; draining (timeout): ends in 0.0 s at the latest",
        ),
        (
            (REGISTERED[1], causes.stop("owner")),
            104,
            "speech: silent for 3.0 s; draining (stopped): ends in 3.0 s at the latest",
        ),
        ((causes.MARK_COMPLETE,), 104, None),
        ((*REGISTERED, causes.abort(Verdict.SHUTDOWN)), 104, None),
    ],
)
def test_why_it_is_still_open(asked: tuple[Cause, ...], now: float, sentence: str | None) -> None:
    snapshot = stream(*asked)
    snapshot = replace(snapshot, traffic=Traffic(at=100 + snapshot.version - 1))
    assert waiting_for(snapshot, now) == sentence


def test_the_last_note_is_told() -> None:
    tally = Tally(at=110.0, note="segment 7: waiting for its first audio")
    snapshot = replace(stream(REGISTERED[1]), traffic=Traffic(components={"speech": tally}))
    sentence = "speech: segment 7: waiting for its first audio, for 1.5 s"
    assert waiting_for(snapshot, 111.5) == sentence


def test_the_clock_of_another_process_may_be_behind() -> None:
    snapshot = stream(REGISTERED[0])
    sentence = "text: at work"
    assert waiting_for(snapshot, 90) == sentence
    assert describe(snapshot, 90)["age"] == 0.0


def test_an_open_stream() -> None:
    traffic = Traffic(3, 300, 104.0, components={"text": Tally(3, 300, 104.0)})
    document = describe(replace(stream(*REGISTERED), traffic=traffic), 106.5)
    assert document.pop("waiting_for").startswith("text: silent for 2.5 s (")
    entry = {"status": "pending", "ms": None, "reason": None}
    assert document == {
        "stream": "1",
        "state": "streaming",
        "verdict": None,
        "stopped": None,
        "components": {
            "text": {**entry, "required": True, "frames": 3, "bytes": 300},
            "speech": {**entry, "required": False, "frames": 0, "bytes": 0},
        },
        "frames": 3,
        "bytes": 300,
        "age": 6.5,
        "idle": 2.5,
        "ended": None,
    }


def test_an_ended_stream_is_plain_json() -> None:
    document = describe(stream(REGISTERED[0], causes.fail("text")), 110.0)
    assert json.loads(json.dumps(document)) == document
    assert (document["state"], document["verdict"]) == ("errored", "component_failed")
    assert (document["age"], document["ended"], document["waiting_for"]) == (10.0, 8.0, None)
    assert document["components"]["text"]["ms"] == 1000


def test_an_attempt_that_waits_for_a_process() -> None:
    twice = Component("speech", timeout=10.0, attempts=2)
    lost = causes.fail("speech", Status.LOST, retryable=True)
    waiting = stream(causes.register(twice), lost)
    sentence = waiting_for(waiting, 107)
    assert sentence == "speech: attempt 2 of 2 waits for a process, for 5.0 s (60 s at most)"
    assert due_at(waiting) == 102 + 60
    taken = decide(waiting, causes.take("speech"), 107).snapshot
    assert due_at(taken) == 107 + 10
