"""The shapes of classes: what their annotations say of the fields of an event."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import types
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .field_types import Anything, Choice, Either, Field, FieldType, ListOf, MapOf, Scalar, Shape

_TEXT = Scalar("a string", {str}, "string", "string")
_NULL = Scalar("None", {types.NoneType}, "null", "null")
_SCALARS: dict[Any, FieldType] = {
    str: _TEXT,
    int: Scalar("a whole number", {int}, "integer", "number"),
    float: Scalar("a number", {float, int}, "number", "number"),
    bool: Scalar("True or False", {bool}, "boolean", "boolean"),
    None: _NULL,
    types.NoneType: _NULL,
    Any: Anything(),
    object: Anything(),
    # What `DjangoJSONEncoder` makes a string of.
    **{
        kind: Scalar(f"a {kind.__name__}", {kind}, "string", "string")
        for kind in (dt.datetime, dt.date, dt.time, dt.timedelta, decimal.Decimal, uuid.UUID)
    },
}
_WRAPPERS = (typing.Required, typing.NotRequired, typing.Annotated)


def shape_of(model: type) -> Shape:
    """Return the shape of a dataclass, a `TypedDict` or a model of pydantic.

    Raises:
        TypeError: It is none of these, or the type of a field can't be a field of a frame.
    """
    if dataclasses.is_dataclass(model):
        return _of_dataclass(model)
    if typing.is_typeddict(model):
        hints = typing.get_type_hints(model, include_extras=True)
        required: frozenset[str] = getattr(model, "__required_keys__", frozenset())
        return Shape(
            {
                # Of annotations that are kept as texts, `__required_keys__` knows no `NotRequired`.
                name: Field(
                    _type_of(hint, name),
                    name in required and typing.get_origin(hint) is not typing.NotRequired,
                )
                for name, hint in hints.items()
            }
        )
    if is_pydantic(model):
        fields: Mapping[str, Any] = model.model_fields  # type: ignore[attr-defined]
        return Shape(
            {
                each.alias or name: Field(_type_of(each.annotation, name), each.is_required())
                for name, each in fields.items()
            }
        )
    raise TypeError(f"{model!r} is not a dataclass, a TypedDict or a model of pydantic")


def is_pydantic(model: type) -> bool:
    """Return whether a class is a model of pydantic, which need not be installed."""
    return hasattr(model, "model_fields") and hasattr(model, "model_validate")


def _of_dataclass(model: type) -> Shape:
    hints = typing.get_type_hints(model, include_extras=True)
    missing = dataclasses.MISSING
    return Shape(
        {
            each.name: Field(
                _type_of(hints[each.name], each.name),
                each.default is missing and each.default_factory is missing,
            )
            for each in dataclasses.fields(model)
        }
    )


def _type_of(hint: Any, name: str) -> FieldType:
    if (scalar := _SCALARS.get(hint)) is not None:
        return scalar
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _WRAPPERS:
        return _type_of(arguments[0], name)
    if make := _GENERICS.get(origin or hint):
        return make(arguments, name)
    if isinstance(hint, type):
        if issubclass(hint, enum.Enum):
            return Choice(tuple(each.value for each in hint))
        return shape_of(hint)
    raise TypeError(f"{name}: {hint!r} can't be the type of a field of an event")


def _union(arguments: tuple[Any, ...], name: str) -> FieldType:
    return Either([_type_of(each, name) for each in arguments])


def _list(arguments: tuple[Any, ...], name: str) -> FieldType:
    kinds = [each for each in arguments if each is not ...]
    return ListOf(_union(tuple(kinds), name) if kinds else Anything())


def _map(arguments: tuple[Any, ...], name: str) -> FieldType:
    return MapOf(_type_of(arguments[1], name) if arguments else Anything())


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


_GENERICS: dict[Any, Callable[[tuple[Any, ...], str], FieldType]] = {
    typing.Union: _union,
    types.UnionType: _union,
    typing.Literal: lambda arguments, _: Choice(tuple(map(_plain, arguments))),
    list: _list,
    tuple: _list,
    Sequence: _list,
    dict: _map,
    Mapping: _map,
}
