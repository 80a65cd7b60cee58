"""The report on a stream: the sentence, the drawings, the content of frames."""

import json
from typing import Any

import pytest

from sse_pipeline import SSEHandler
from sse_pipeline.frames import encode, numbered
from sse_pipeline.inspection.conclusion import describe_end, describe_wait
from sse_pipeline.inspection.content import decode_frame
from sse_pipeline.inspection.machine_drawing import draw_machine
from sse_pipeline.inspection.parts import JournalEvent, Work
from sse_pipeline.inspection.report import make_report
from sse_pipeline.inspection.timeline_drawing import LEFT, RIGHT, draw_timeline
from sse_pipeline.inspection.times import format_duration
from sse_pipeline.lifecycle.snapshot import State, Verdict
from sse_pipeline.lifecycle.table import TABLE
from sse_pipeline.models import UNRECORDED

NOW: Any = None


def work(name: str = "text", status: str = "complete", **changes: Any) -> Work:
    return Work(**{"name": name, "status": status, "required": True, "begin": 0.0, "end": 2.0,
                   "frames": 1, "bytes": 10, "reason": "", **changes})  # fmt: skip


def event(
    trigger: str, source: str = "draining", dest: str = "draining", after: float = 1
) -> JournalEvent:
    return JournalEvent(trigger, "", source, dest, "", NOW, after, "host:1")


@pytest.mark.parametrize(
    ("state", "reason", "works", "events", "sentence"),
    [
        ("complete", None, [work(), work("b")], [], "2 of 2 components settled"),
        ("complete", None, [work()], [], "1 of 1 components settled"),
        ("complete", None, [], [], "it had no components"),
        ("complete", None, [work(status="failed", reason="failed")], [],
         "1 of 1 components settled; text failed"),
        ("errored", "timeout", [work(status="timed_out", reason="silent for 2 s")], [],
         "timeout: a required component was silent for too long; text timed out (silent for 2 s)"),
        ("errored", "timeout", [work(status="abandoned", reason="timeout")], [event("drain_over")],
         "timeout: the drain was over before all had settled; text abandoned (timeout)"),
        ("errored", "timeout", [], [event("abort")],
         "timeout: the stream's whole life was over (DEADLINE)"),
        ("errored", "timeout", [], [], "timeout: a bound was reached"),
    ],
)  # fmt: skip
def test_how_it_ended(
    state: str, reason: str | None, works: list[Work], events: list[JournalEvent], sentence: str
) -> None:
    assert describe_end(state, reason, works, events) == sentence


@pytest.mark.parametrize("reason", [*Verdict, UNRECORDED])
def test_every_reason_has_its_words(reason: str) -> None:
    sentence = describe_end("errored", str(reason), [], [])
    assert sentence.startswith(f"{reason}: ")
    assert len(sentence) > len(reason) + 10


def test_what_the_journal_knows_of_an_open_stream() -> None:
    works = [work("a", "pending", end=None), work("b"), work("c", "pending", end=None)]
    heard = "; its process was last heard of 42.0 s ago"
    assert describe_wait(works, 42) == f"waiting for a and c{heard}"
    assert (
        describe_wait([], 42) == f"waiting for a component to register, or mark_complete(){heard}"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.04, "40 ms"), (4.23, "4.2 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_the_diagram_has_every_change_of_the_table_and_marks_the_present_state() -> None:
    steps = [event("fail", "streaming", "draining"), event("finish", "draining", "errored")]
    drawing = draw_machine("errored", steps)
    assert {box.name for box in drawing.boxes if box.present} == {"errored"}
    assert {box.name for box in drawing.boxes if box.passed} == {"streaming", "draining", "errored"}
    assert [arrow.trigger for arrow in drawing.arrows if arrow.taken] == ["fail", "finish"]
    assert len(drawing.arrows) == len({(row.source, row.dest) for row in TABLE if row.dest})
    assert {box.name for box in drawing.boxes} == {str(state) for state in State}


def test_the_timeline_is_to_scale() -> None:
    drawing = draw_timeline([work(begin=1.0, end=3.0), work("b", "pending", end=None)],
                       [event("fail", after=2.0)], 4.0)  # fmt: skip
    scale = (RIGHT - LEFT) / 4
    first, second = drawing.bars
    assert (first.x, first.width) == (LEFT + scale, 2 * scale)
    assert (second.x, second.width, second.seconds) == (LEFT, 4 * scale, 4.0)
    assert drawing.marks[0].x == LEFT + 2 * scale
    assert [tick.label for tick in drawing.ticks] == ["0 s", "1 s", "2 s", "3 s", "4 s"]
    assert draw_timeline([], [], 0.0).ticks


def test_the_content_of_a_frame() -> None:
    fields = {"chunk": "é" * 500, "audio": "AAAA", "words": [1], "type_": "<b>"}
    shown = decode_frame(numbered(7, encode("text", fields)))
    assert (shown.id, shown.event) == ("7", "text")
    values = dict(shown.fields)
    assert values["chunk"] == "é" * 200 + "… (500 characters)"
    assert values["audio"] == "3 bytes of audio"
    assert (values["words"], values["type_"]) == ("[1]", "<b>")
    assert (
        dict(decode_frame(encode("audio", {"audio": "no base64"})).fields)["audio"]
        == "9 bytes of audio"
    )


@pytest.mark.django_db
def test_a_stream_that_is_not_in_the_journal_is_shown_live() -> None:
    handler = SSEHandler(owner="user:1", components=["text"])
    handler.send("text", chunk="hello")
    found = make_report(handler.stream_id, content=True)
    assert found is not None
    assert (found.live, found.state, found.owner, found.process) == (
        True,
        "streaming",
        "user:1",
        "",
    )
    assert found.sentence.startswith("text: at work")
    assert found.frames is not None
    assert json.loads(dict(found.frames[0].fields)["components"]) == ["text"]
    without = make_report(handler.stream_id, content=False)
    assert without is not None
    assert without.frames is None
    assert make_report("7c9e6679-7425-40de-944b-e07fc1f90ae7", content=True) is None
