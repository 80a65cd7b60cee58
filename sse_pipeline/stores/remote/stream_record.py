"""The record of a stream: its snapshot as JSON, which processes of several versions share.

During an upgrade processes of two releases work on one store. A release may add fields and values.
So the rules are: a field that this version does not know is kept, and goes back with each commit. A
value that it does not know (a state, a verdict, a status), or a record with a higher `format`, is
not understood: that stream is left to the processes that know it, and only that stream. A release
raises `FORMAT` if older ones could not go on with its records at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson

from ...lifecycle.finalizer import Finalizer
from ...lifecycle.progress import Progress
from ...lifecycle.registry import Component, Registry, Status
from ...lifecycle.snapshot import Limits, Snapshot, State, Stop, Verdict
from ...lifecycle.waiting import Waiting

#: The format of the records. One that does not name it is of this format.
FORMAT = 1

_APART = {"limits", "registry", "traffic", "unknown"}
_SNAPSHOT = tuple(each.name for each in fields(Snapshot) if each.name not in _APART)
_LIMITS = tuple(each.name for each in fields(Limits))
_STOP = tuple(each.name for each in fields(Stop))
_FINALIZER = tuple(each.name for each in fields(Finalizer))
_WAITING = tuple(each.name for each in fields(Waiting))
_PROGRESS = tuple(each.name for each in fields(Progress))
_COMPONENT = tuple(each.name for each in fields(Component))


def dump_snapshot(snapshot: Snapshot) -> bytes:
    """Encode a snapshot without its traffic, which the append script counts in the hash."""
    unknown = snapshot.unknown
    of_components = unknown.get("components", {})
    components = {
        each.name: _known(each, _COMPONENT) | of_components.get(each.name, {})
        for each in snapshot.registry
    }
    return orjson.dumps(
        _known(snapshot, _SNAPSHOT)
        | unknown.get("snapshot", {})
        | {
            "format": FORMAT,
            "limits": _known(snapshot.limits, _LIMITS) | unknown.get("limits", {}),
            "registry": {"components": components},
        }
    )


def parse_snapshot(record: bytes, *, version: int) -> Snapshot:
    """Decode a record; its version is kept beside it.

    Raises:
        ArithmeticError, AttributeError, LookupError, TypeError, ValueError: It is broken, or this
            version does not know a value.
    """
    document = orjson.loads(record)
    if (found := document.pop("format", FORMAT)) > FORMAT:
        raise ValueError(f"its format is {found}, and this version knows {FORMAT}")
    limits, components = document.pop("limits"), document.pop("registry")["components"]
    values = _part(document, _SNAPSHOT)
    values["state"] = State(values["state"])
    values["verdict"] = values["verdict"] and Verdict(values["verdict"])
    if stopped := values.get("stopped"):
        values["stopped"] = Stop(**_part(stopped, _STOP))
    values["trace"] = {str(name): str(text) for name, text in document.get("trace", {}).items()}
    values["version"] = version
    unknown = {
        "snapshot": _rest(document, _SNAPSHOT),
        "limits": _rest(limits, _LIMITS),
        "components": {
            name: rest for name, each in components.items() if (rest := _rest(each, _COMPONENT))
        },
    }
    return Snapshot(
        **values,
        limits=Limits(**_part(limits, _LIMITS)),
        registry=Registry({name: _component(each) for name, each in components.items()}),
        unknown={part: rest for part, rest in unknown.items() if rest},
    )


def _component(document: Mapping[str, Any]) -> Component:
    values = _part(document, _COMPONENT)
    if finalizer := values.get("finalizer"):
        values["finalizer"] = Finalizer(**_part(finalizer, _FINALIZER))
    if waiting := values.get("waiting"):
        values["waiting"] = Waiting(**_part(waiting, _WAITING))
    if progress := values.get("progress"):
        values["progress"] = Progress(**_part(progress, _PROGRESS))
    return Component(**values | {"status": Status(values["status"])})


def _known(source: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}


def _part(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: document[name] for name in names if name in document}


def _rest(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
