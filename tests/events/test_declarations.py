"""Events that are declared by classes: what `send` checks, and what it says."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NotRequired, TypedDict

import pytest
from pydantic import BaseModel, Field

from sse_pipeline import SSEHandler
from sse_pipeline.events import LAST, LIST, SpokenAudio, Text, append, declare
from sse_pipeline.exceptions import InvalidFrame
from sse_pipeline.testing import Decoder


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Step(TypedDict):
    name: str
    done: NotRequired[bool]


@dataclass
class Progress:
    share: float
    steps: list[Step] = field(default_factory=list)
    mood: Mood = Mood.GOOD
    kind: Literal["fast", "slow"] | None = None
    scores: dict[str, int] = field(default_factory=dict)
    anything: Any = None


class Weather(BaseModel):
    place: str = Field(max_length=10)
    degrees: float = 0


def sent(handler: SSEHandler) -> list[dict[str, Any]]:
    handler.mark_complete()
    own = {"stream", "component", "draining", "complete", "errored"}
    events = Decoder().feed(b"".join(handler))
    return [event.json() for event in events if event.event not in own]


def test_an_instance_of_a_declared_class_is_sent() -> None:
    declare("progress", merge=LAST)(Progress)
    handler = SSEHandler()
    handler.send(Progress(0.5, [{"name": "read"}], Mood.BAD))
    handler.send(Text("Hello", 0))
    progress, text = sent(handler)
    assert progress == {
        "type": "progress", "share": 0.5, "steps": [{"name": "read"}], "mood": "bad",
        "kind": None, "scores": {}, "anything": None,
    }  # fmt: skip
    assert text == {"type": "text", "chunk": "Hello", "offset": 0}


@pytest.mark.parametrize(
    "fields",
    [
        {"share": 1},
        {"share": 0.5, "steps": [{"name": "a", "done": True}, {"name": "b"}]},
        {"share": 0.5, "mood": "bad", "kind": "fast", "scores": {"a": 1}},
        {"share": 0.5, "anything": [1, {"a": None}]},
    ],
)
def test_a_frame_that_fits_is_sent(fields: dict[str, Any]) -> None:
    declare("progress", merge=LAST)(Progress)
    handler = SSEHandler()
    handler.send("progress", **fields)
    assert sent(handler) == [{"type": "progress", **fields}]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "share: is missing"),
        ({"share": "half"}, "share: 'half' is not a number"),
        ({"share": True}, "share: True is not a number"),
        ({"share": 1.0, "shape": 1}, "shape: there is no such field"),
        ({"share": 1.0, "steps": {}}, r"steps: \{\} is not a list"),
        ({"share": 1.0, "steps": [{"name": "a"}, {}]}, r"steps\[1\]\.name: is missing"),
        ({"share": 1.0, "steps": [{"name": 1}]}, r"steps\[0\]\.name: 1 is not a string"),
        ({"share": 1.0, "kind": "quick"}, "kind: 'quick' is not one of 'fast', 'slow'"),
        ({"share": 1.0, "mood": "sad"}, "mood: 'sad' is not one of 'good', 'bad'"),
        ({"share": 1.0, "scores": {"a": 1.5}}, r"scores\.a: 1\.5 is not a whole number"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], complaint: str) -> None:
    declare("progress", merge=LAST)(Progress)
    handler = SSEHandler()
    with pytest.raises(InvalidFrame, match=f"^{complaint}"):
        handler.send("progress", **fields)
    assert sent(handler) == []


async def test_a_model_of_pydantic_declares_an_event() -> None:
    declare("weather", merge=LIST)(Weather)
    handler = SSEHandler(components=["a"])
    await handler.asend(Weather(place="Bern", degrees=21))
    async with handler.component("a") as component:
        await component.asend("weather", place="Basel")
        with pytest.raises(InvalidFrame, match=r"^degrees: 'warm' is not a number"):
            await component.asend("weather", place="Basel", degrees="warm")
        with pytest.raises(InvalidFrame, match=r"^place: .*10 characters"):
            await component.asend("weather", place="Bielersee-Ufer")
    assert [each["place"] for each in sent(handler)] == ["Bern", "Basel"]


def test_a_site_may_declare_what_the_library_declares() -> None:
    @declare("text", merge=append("chunk"))
    @dataclass
    class Sentence:
        chunk: str
        language: str

    handler = SSEHandler()
    handler.send(Sentence("Hallo", "de"))
    with pytest.raises(InvalidFrame, match="^language: is missing"):
        handler.send("text", chunk="Hallo")
    assert len(sent(handler)) == 1


def test_what_nobody_declared_goes_on_as_before() -> None:
    handler = SSEHandler()
    handler.send("anything", at="all")
    handler.send("text", chunk=7, more=None)
    assert [each["type"] for each in sent(handler)] == ["anything", "text"]


@pytest.mark.parametrize("event", [object(), 5, Progress(1.0)])
def test_an_instance_of_no_declared_class_is_refused(event: object) -> None:
    with pytest.raises(InvalidFrame, match="^event: "):
        SSEHandler().send(event)


def test_an_instance_takes_no_further_fields() -> None:
    with pytest.raises(InvalidFrame, match="^offset: "):
        SSEHandler().send(Text("a"), offset=1)


class Odd(TypedDict):
    file: bytearray


@pytest.mark.parametrize(
    ("name", "model", "merge", "error"),
    [
        ("complete", Progress, LAST, InvalidFrame),
        ("two words", Progress, LAST, InvalidFrame),
        ("progress", Progress, append("words"), ValueError),
        ("progress", int, LAST, TypeError),
        ("progress", Odd, LAST, TypeError),
    ],
)
def test_a_declaration_that_can_not_be_is_refused(
    name: str, model: type, merge: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        declare(name, merge=merge)(model)


def test_two_classes_can_not_declare_one_event() -> None:
    declare("progress", merge=LAST)(Progress)
    declare("progress", merge=LAST)(Progress)  # the module was loaded again
    with pytest.raises(ValueError, match=r"progress.*Progress"):
        declare("progress", merge=LAST)(Step)


def test_what_answers_send_is_what_is_declared() -> None:
    declare("audio")(SpokenAudio)
    handler = SSEHandler()
    handler.send(
        "audio", segment=1, index=0, codec="opus", sample_rate=24000, channels=1, start_ms=0.0,
        duration_ms=20.0, audio="AAAA", sizes=[3], preskip=312,
    )  # fmt: skip
    assert len(sent(handler)) == 1
