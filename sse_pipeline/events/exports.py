"""The declared events in the languages of clients: TypeScript and JSON Schema."""

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


def _declarations() -> Iterator[Declaration]:
    yield from {**BUILT_IN, **DECLARED}.values()


def _data(declaration: Declaration) -> Shape:
    kind = Field(Choice((declaration.name,)), required=True)
    return Shape({"type": kind, **declaration.shape.fields})


def _member(declaration: Declaration) -> str:
    return f"  {json.dumps(declaration.name)}: {_data(declaration).typescript()};\n"
