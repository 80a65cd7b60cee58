"""The types of fields: each checks a value, and describes itself to other languages."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import orjson

from ..validation import shown


class Complaint(NamedTuple):
    """Why a value does not fit: the place in it (empty for all of it), and a sentence."""

    place: str
    text: str

    def within(self, place: str) -> Complaint:
        """Return the complaint about a value that has this one at a place."""
        return Complaint(place + self.place, self.text)


class FieldType(ABC):
    """The type of a field."""

    #: The classes whose instances fit without a further look. Empty if each has to be looked at.
    exact: frozenset[type] = frozenset()

    @abstractmethod
    def complaint(self, value: object) -> Complaint | None:
        """Return why a value does not fit; None if it does."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the type in JSON Schema."""

    @abstractmethod
    def typescript(self) -> str:
        """Return the type in TypeScript."""


class Anything(FieldType):
    """Any value that a frame can have."""

    def complaint(self, value: object) -> None:
        return None

    def schema(self) -> dict[str, Any]:
        return {}

    def typescript(self) -> str:
        return "unknown"


class Scalar(FieldType):
    """Instances of some classes, and of no subclass of a number."""

    def __init__(self, noun: str, kinds: set[type], json_type: str, typescript: str) -> None:
        self._noun = noun
        self.exact = frozenset(kinds)
        self._json_type = json_type
        self._typescript = typescript

    def complaint(self, value: object) -> Complaint | None:
        # `bool` is an `int` in Python, and none in JSON.
        if type(value) in self.exact or (isinstance(value, str) and str in self.exact):
            return None
        return Complaint("", f"{shown(value)} is not {self._noun}")

    def schema(self) -> dict[str, Any]:
        return {"type": self._json_type}

    def typescript(self) -> str:
        return self._typescript


@dataclass(frozen=True)
class Choice(FieldType):
    """One of some values, or a member of an enumeration that has one of them."""

    values: tuple[Any, ...]

    def complaint(self, value: object) -> Complaint | None:
        plain = value.value if isinstance(value, Enum) else value
        if any(plain == each and type(plain) is type(each) for each in self.values):
            return None
        choices = ", ".join(map(repr, self.values))
        return Complaint("", f"{shown(value)} is not one of {choices}")

    def schema(self) -> dict[str, Any]:
        return {"enum": orjson.loads(orjson.dumps(self.values, str))}

    def typescript(self) -> str:
        return " | ".join(orjson.dumps(value, str).decode() for value in self.values)


class Either(FieldType):
    """A value of one of some types."""

    def __init__(self, options: Collection[FieldType]) -> None:
        self._options = options
        exact = [option.exact for option in options]
        self.exact = frozenset().union(*exact) if all(exact) else frozenset()

    def complaint(self, value: object) -> Complaint | None:
        complaints = [option.complaint(value) for option in self._options]
        if None in complaints:
            return None
        deepest = max(complaints, key=lambda each: len(each.place if each else ""))
        if deepest and deepest.place:
            return deepest
        return Complaint("", " and ".join(each.text for each in complaints if each))

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [option.schema() for option in self._options]}

    def typescript(self) -> str:
        return " | ".join(option.typescript() for option in self._options)


@dataclass(frozen=True)
class ListOf(FieldType):
    """A list or a tuple of values of one type."""

    item: FieldType

    def complaint(self, value: object) -> Complaint | None:
        if not isinstance(value, list | tuple):
            return Complaint("", f"{shown(value)} is not a list")
        found = ((n, self.item.complaint(each)) for n, each in enumerate(value))
        return next((each.within(f"[{number}]") for number, each in found if each), None)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema()}

    def typescript(self) -> str:
        return f"Array<{self.item.typescript()}>"


@dataclass(frozen=True)
class MapOf(FieldType):
    """A mapping from any names to values of one type."""

    item: FieldType

    def complaint(self, value: object) -> Complaint | None:
        if not isinstance(value, Mapping):
            return Complaint("", f"{shown(value)} is not a mapping")
        found = ((name, self.item.complaint(each)) for name, each in value.items())
        return next((each.within(f".{name}") for name, each in found if each), None)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.item.schema()}

    def typescript(self) -> str:
        return f"Record<string, {self.item.typescript()}>"


class Field(NamedTuple):
    """A field of a shape."""

    type: FieldType
    required: bool


@dataclass(frozen=True)
class Shape(FieldType):
    """A mapping with known names."""

    fields: Mapping[str, Field]

    def complaint(self, value: object) -> Complaint | None:
        if not isinstance(value, Mapping):
            return Complaint("", f"{shown(value)} is not a mapping")
        for name, each in value.items():
            field = self.fields.get(name)
            if field is None:
                return Complaint(f".{name}", "there is no such field")
            if complaint := field.type.complaint(each):
                return complaint.within(f".{name}")
        missing = [name for name, field in self.fields.items() if field.required]
        return next((Complaint(f".{n}", "is missing") for n in missing if n not in value), None)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: field.type.schema() for name, field in self.fields.items()},
            "required": [name for name, field in self.fields.items() if field.required],
            "additionalProperties": False,
        }

    def typescript(self) -> str:
        members = (
            f"{json.dumps(name)}{'' if field.required else '?'}: {field.type.typescript()}"
            for name, field in self.fields.items()
        )
        return f"{{ {'; '.join(members)} }}"
