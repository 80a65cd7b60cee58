"""How the frames of an event merge."""

from dataclasses import dataclass
from typing import Any

import pytest

from sse_pipeline.events import LAST, declare
from sse_pipeline.events.merging import merge
from sse_pipeline.frames import encode, numbered


@dataclass
class Progress:
    share: float


def merged(*sent: tuple[str, str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return merge(
        (component, numbered(number, encode(event, fields)))
        for number, (component, event, fields) in enumerate(sent, 1)
    )


@pytest.mark.parametrize(
    ("event", "sent", "value"),
    [
        ("text", [{"chunk": "Hel", "offset": 0}, {"chunk": "lo\n\n", "offset": 3}],
         {"chunk": "Hello\n\n", "offset": 0}),
        ("text", [{"chunk": 7}, {"chunk": "a"}, {}], {"chunk": "a"}),
        ("citation", [{"url": "a"}, {"more": 1}], [{"url": "a"}, {"more": 1}]),
        ("progress", [{"share": 0.1}, {"share": 0.9}], {"share": 0.9}),
    ],
)  # fmt: skip
def test_frames_merge_as_their_event_says(
    event: str, sent: list[dict[str, Any]], value: Any
) -> None:
    declare("progress", merge=LAST)(Progress)
    assert merged(*(("a", event, fields) for fields in sent)) == {"a": {event: value}}


def test_each_component_has_content_of_its_own() -> None:
    one, two = {"chunk": "1"}, {"chunk": "2"}
    sent = [("a", "text", one), ("b", "text", two), ("a", "text", two), ("", "reasoning", one)]
    assert merged(*sent) == {
        "a": {"text": {"chunk": "12"}},
        "b": {"text": {"chunk": "2"}},
        "": {"reasoning": {"chunk": "1"}},
    }


def test_what_nobody_declared_and_what_can_not_be_merged_is_no_content() -> None:
    assert merged(("a", "other", {"x": 1}), ("a", "text", {"chunk": None})) == {}
