"""The declared events in the languages of clients: TypeScript, JSON Schema and OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .declarations import BUILT_IN, DECLARED, Declaration
from .field_types import Choice, Field, Shape

_HEAD = """\
// `manage.py sse_types typescript` writes this file. Do not edit it.

/** The data of each event, by its name. */
export interface Frames {
"""
_TAIL = """\
}

/** The data of any event: `frame.type` tells which. */
export type Frame = Frames[keyof Frames];

/** Return the data of a message of an `EventSource`. */
export function dataOf<Name extends keyof Frames>(
  _event: Name,
  message: { data: string },
): Frames[Name] {
  return JSON.parse(message.data) as Frames[Name];
}
"""

_STREAM_ID = {"type": "string", "format": "uuid"}
_REFUSALS = (
    ("204", "The reader has the terminal frame."),
    ("404", "The stream is unknown, forgotten, or not of this reader."),
    ("429", "The reader has too many streams open."),
    ("503", "The server has too many readers."),
)


def to_typescript() -> str:
    """Return a module of TypeScript with the type of each event."""
    return "".join([_HEAD, *(_member(each) for each in _declarations()), _TAIL])


def to_json_schema() -> dict[str, Any]:
    """Return a JSON Schema of the data of any event; `x-merge` says how its frames merge."""
    named = {
        each.name: _data(each).schema() | {"x-merge": each.merge._asdict()}
        for each in _declarations()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The data of a frame",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in named],
        "$defs": named,
    }


def to_openapi(version: str) -> dict[str, Any]:
    """Return an OpenAPI 3.2 document of the route of events: each event with its name and data.

    See the section "Sequential Media Types" of the OpenAPI Specification 3.2.
    """
    schemas = {each.name: _data(each).schema() for each in _declarations()}
    reply = {
        "description": "The frames of the stream, up to the one that ends it.",
        "content": {"text/event-stream": {"itemSchema": {"oneOf": [*map(_event, schemas)]}}},
    }
    route = {
        "operationId": "readStream",
        "summary": "Read a stream",
        "parameters": [
            {"name": "stream_id", "in": "path", "required": True, "schema": _STREAM_ID},
            {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}},
        ],
        "responses": {"200": reply} | {code: {"description": why} for code, why in _REFUSALS},
    }
    return {
        "openapi": "3.2.0",
        "info": {"title": "Streams of events", "version": version},
        "paths": {"/streams/{stream_id}/events/": {"get": route}},
        "components": {"schemas": schemas},
    }


def _event(name: str) -> dict[str, Any]:
    """Return the schema of an event of a stream whose data is JSON."""
    data = {"$ref": f"#/components/schemas/{name}"}
    fields = {
        "id": {"type": "string"},
        "event": {"const": name},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": data,
        },
        "retry": {"type": "integer", "minimum": 0},
    }
    return {"type": "object", "properties": fields, "required": ["event", "data"]}


def _declarations() -> Iterator[Declaration]:
    yield from {**BUILT_IN, **DECLARED}.values()


def _data(declaration: Declaration) -> Shape:
    kind = Field(Choice((declaration.name,)), required=True)
    return Shape({"type": kind, **declaration.shape.fields})


def _member(declaration: Declaration) -> str:
    return f"  {json.dumps(declaration.name)}: {_data(declaration).typescript()};\n"
