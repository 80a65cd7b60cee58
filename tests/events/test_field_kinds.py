"""Kinds of fields: what an event may carry, and what a declaration refuses."""

import datetime as dt
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import pytest

from sse_pipeline import SSEHandler
from sse_pipeline.events import append, declare
from sse_pipeline.testing import Decoder


class Mood(Enum):
    GOOD = "good"


class Day(Enum):
    FIRST = dt.date(2026, 1, 1)


@dataclass
class Child:
    x: int


@dataclass
class Parent:
    child: Child | None = None
    children: list[Child] | None = None
    note: str | None = None
    mood: Mood = Mood.GOOD
    same: Literal[Mood.GOOD] = Mood.GOOD
    pair: tuple[float, str] = (0.5, "half")
    days: list[Day] = field(default_factory=list)


def test_what_is_nested_or_null_or_an_enumeration_is_sent() -> None:
    declare("parent")(Parent)
    handler = SSEHandler(components=["text"])
    handler.send(Parent(Child(1), [Child(2)], days=[Day.FIRST]))
    handler.mark_component_complete("text")
    (found,) = [each for each in Decoder().feed(b"".join(handler)) if each.event == "parent"]
    document = found.json()
    assert document["child"] == {"x": 1}
    assert document["children"] == [{"x": 2}]
    assert (document["note"], document["mood"], document["same"]) == (None, "good", "good")
    assert document["pair"] == [0.5, "half"]
    assert document["days"] == ["2026-01-01"]


def test_only_a_text_is_appended() -> None:
    with pytest.raises(ValueError, match=r"^merge: Child\.x is no text to append"):
        declare("child", merge=append("x"))(Child)
