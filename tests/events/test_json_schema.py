"""The types of events as JSON Schema, and as OpenAPI."""

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


def test_an_openapi_document_has_the_items_of_the_stream() -> None:
    declare("progress", merge=LAST)(Progress)
    document: dict[str, Any] = json.loads(said("sse_types", "openapi"))
    assert document["openapi"] == "3.2.0"
    reply = document["paths"]["/streams/{stream_id}/events/"]["get"]["responses"]["200"]
    items = reply["content"]["text/event-stream"]["itemSchema"]["oneOf"]
    schemas = document["components"]["schemas"]
    names = [each["properties"]["event"]["const"] for each in items]
    assert names == [*schemas]
    assert {"progress", "text", "complete", "errored"} <= set(names)
    for name, each in zip(names, items, strict=True):
        data = each["properties"]["data"]["contentSchema"]
        assert data == {"$ref": f"#/components/schemas/{name}"}
    assert schemas["progress"]["required"] == ["type", "share"]
