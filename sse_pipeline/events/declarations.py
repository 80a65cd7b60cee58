"""Declarations: an event, the class that says what it has, and how its frames merge."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from ..exceptions import InvalidFrame
from ..frames import check_event
from .field_types import Shape
from .hints import is_pydantic, shape_of

M = TypeVar("M", bound=type)


class MergeKind(StrEnum):
    """How the frames of an event become one value."""

    APPEND = "append"
    LIST = "list"
    LAST = "last"
    NONE = "none"


class Merge(NamedTuple):
    """A way to merge, and the field that is appended."""

    kind: MergeKind
    field: str = ""


#: The value is the list of what the frames have.
LIST = Merge(MergeKind.LIST)
#: The value is what the last frame has.
LAST = Merge(MergeKind.LAST)
#: The frames are no part of the content.
NONE = Merge(MergeKind.NONE)


def append(field: str) -> Merge:
    """Merge to what the first frame has, with the texts of a field one behind the other."""
    return Merge(MergeKind.APPEND, field)


class Declaration:
    """An event that is declared by a class.

    Raises:
        TypeError: The class can't declare an event.
        ValueError: `merge` appends a field that the class has not.
    """

    def __init__(self, name: str, model: type, merge: Merge) -> None:
        self.name = name
        self.model = model
        self.merge = merge
        self.shape: Shape = shape_of(model)
        if merge.kind is MergeKind.APPEND and merge.field not in self.shape.fields:
            raise ValueError(f"merge: {model.__qualname__} has no field {merge.field!r}")
        if merge.kind is MergeKind.APPEND and str not in self.shape.fields[merge.field].type.exact:
            raise ValueError(f"merge: {model.__qualname__}.{merge.field} is no text to append")
        if "type" in self.shape.fields:
            raise ValueError("type: the field is the event's name and can't be declared")
        self._is_pydantic = is_pydantic(model)
        self._exact: dict[str, frozenset[type]] = {
            name: field.type.exact for name, field in self.shape.fields.items()
        }
        self._required = frozenset(n for n, field in self.shape.fields.items() if field.required)
        self._is_nested = any(not field.type.exact for field in self.shape.fields.values())

    def check(self, fields: Mapping[str, Any]) -> None:
        """Check the fields of a frame.

        Raises:
            InvalidFrame: A field is missing, is not declared, or has another type. The message
                names it.
        """
        # Each frame pays for this: most often a look at the classes of the values is enough.
        exact = {} if self._is_pydantic else self._exact
        for name, value in fields.items():
            if type(value) not in exact.get(name, ()):
                self._look_at(fields)
                return
        if self._is_pydantic or not self._required <= fields.keys():
            self._look_at(fields)

    def _look_at(self, fields: Mapping[str, Any]) -> None:
        if complaint := self.shape.complaint(fields):
            place = complaint.place.removeprefix(".")
            raise InvalidFrame(f"{place}: {complaint.text}; see the declaration of {self.name!r}")
        if self._is_pydantic:
            self._validate(fields)

    def _validate(self, fields: Mapping[str, Any]) -> None:
        try:
            self.model.model_validate(fields)  # type: ignore[attr-defined]
        except ValueError as error:
            first = error.errors()[0]  # type: ignore[attr-defined]
            place = ".".join(map(str, first["loc"])) or self.name
            raise InvalidFrame(f"{place}: {first['msg']}") from None

    def fields_of(self, instance: Any) -> dict[str, Any]:
        """Return the fields of an instance of the class."""
        if self._is_pydantic:
            dumped: dict[str, Any] = instance.model_dump(by_alias=True)
            return dumped
        if self._is_nested:
            return dataclasses.asdict(instance)
        return {name: getattr(instance, name) for name in self._exact}


#: What a site has declared, by the name of the event. Read at each `send`.
DECLARED: dict[str, Declaration] = {}
#: What the library declares. A frame of such a name is not checked: people have sent other ones.
BUILT_IN: dict[str, Declaration] = {}
_BY_MODEL: dict[type, Declaration] = {}


def declare(name: str, *, merge: Merge = NONE) -> Callable[[M], M]:
    """Return a decorator that declares an event by a class.

    Each `send` of the event is checked from then on. A declaration of a built-in event takes its
    place. Put declarations into a module `sse_events` of an application: each process imports it.

    Raises:
        InvalidFrame: The name can't be an event, or is reserved.
        ValueError: Another class has declared it, or `merge` names a field that is not there.
        TypeError: The class is no dataclass, `TypedDict` or model of pydantic.
    """
    check_event(name)

    def decorate(model: M) -> M:
        known = DECLARED.get(name)
        if known is not None and _path(known.model) != _path(model):
            raise ValueError(f"event {name!r} is declared by {_path(known.model)}, too")
        _keep(DECLARED, Declaration(name, model, merge))
        return model

    return decorate


def declare_built_in(name: str, *, merge: Merge = NONE) -> Callable[[M], M]:
    """Return a decorator for an event of the library."""

    def decorate(model: M) -> M:
        _keep(BUILT_IN, Declaration(name, model, merge))
        return model

    return decorate


def find(name: str) -> Declaration | None:
    """Return the declaration of an event, of the site or else of the library."""
    return DECLARED.get(name) or BUILT_IN.get(name)


def typed(event: object, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the fields of an event that is an instance of a declared class.

    Raises:
        InvalidFrame: Its class is not declared, a field has another type, or there are `given`
            fields beside it.
    """
    declaration = _BY_MODEL.get(type(event))
    if declaration is None or find(declaration.name) is not declaration:
        raise InvalidFrame(f"event: {type(event).__qualname__} is no declared event, and no name")
    if given:
        raise InvalidFrame(f"{next(iter(given))}: the event has its fields already")
    fields = declaration.fields_of(event)
    declaration.check(fields)
    return declaration.name, fields


def _keep(kept: dict[str, Declaration], declaration: Declaration) -> None:
    kept[declaration.name] = declaration
    _BY_MODEL[declaration.model] = declaration


def _path(model: type) -> str:
    return f"{model.__module__}.{model.__qualname__}"
