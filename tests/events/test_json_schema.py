"""The types of events as JSON Schema."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from harness.commands import said
from sse_pipeline.events import LAST, declare


@dataclass
class Progress:
    share: float
    step: Literal["read", "write"] | None = None


def test_the_schema_has_each_event_and_how_it_merges() -> None:
    declare("progress", merge=LAST)(Progress)
    schema: dict[str, Any] = json.loads(said("sse_types", "json-schema"))
    assert {"$ref": "#/$defs/progress"} in schema["oneOf"]
    progress = schema["$defs"]["progress"]
    assert progress["properties"] == {
        "type": {"enum": ["progress"]},
        "share": {"type": "number"},
        "step": {"anyOf": [{"enum": ["read", "write"]}, {"type": "null"}]},
    }
    assert progress["required"] == ["type", "share"]
    assert progress["x-merge"] == {"kind": "last", "field": ""}
    assert schema["$defs"]["text"]["x-merge"] == {"kind": "append", "field": "chunk"}
