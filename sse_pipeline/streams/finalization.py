"""Finalizers as a site names them, and what each call of one gets."""

from __future__ import annotations

import inspect
import json
import pkgutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from typing import Any

import orjson
from django.core.signing import BadSignature, Signer

from .. import conf
from ..conf import UNSET, Unset
from ..exceptions import InvalidComponent, LimitReached
from ..lifecycle.finalizer import Finalizer
from ..lifecycle.registry import Component
from ..lifecycle.snapshot import Snapshot, Verdict
from ..validation import is_duration, shown
from .stream_content import Content

#: A callable that gets a `Finalization` and keyword arguments, or its dotted path.
Call = Callable[..., Any] | str


@dataclass(frozen=True, slots=True)
class Finalization:
    """What a finalizer gets: the content of a stream of which all else has settled.

    `token` is the same for each attempt of this finalizer of this stream, and for nothing else.
    Whoever keeps it with what he does can do it once. `verdict` is the reason for which the stream
    will end as `errored`; None if it will end as `complete`, as far as the finalizers succeed.
    """

    stream_id: str
    name: str
    token: uuid.UUID
    attempt: int
    owner: str | None
    verdict: Verdict | None
    content: Content

    @property
    def stopped(self) -> bool:
        """Whether the stream was stopped, and what it has counts."""
        return self.content.stopped is not None and self.verdict is None


def make_finalizer(
    name: str,
    call: Call,
    arguments: Mapping[str, Any] | None = None,
    *,
    required: bool = True,
    attempts: int | Unset = UNSET,
    timeout: float | Unset = UNSET,
) -> Component:
    """Make the component of a finalizer. The settings give what the caller leaves out.

    Raises:
        InvalidComponent: `call` can't be imported by its path, or an option can't be used.
        LimitReached: The arguments take more than `MAX_ARGUMENTS_BYTES`.
    """
    settings = conf.get()
    limit = settings.FINALIZER_TIMEOUT if isinstance(timeout, Unset) else timeout
    if not is_duration(limit):
        raise InvalidComponent(
            f"timeout: {shown(timeout)} is not a positive number of seconds up to 1e9"
        )
    path, encoded = _path_of(call), _encoded(arguments or {})
    finalizer = Finalizer(
        path,
        orjson.loads(encoded),
        _signer().signature(_text_of(path, encoded)),
        limit,
        settings.FINALIZER_PAUSE,
    )
    most = settings.FINALIZER_ATTEMPTS if isinstance(attempts, Unset) else attempts
    return Component(name, required, attempts=most, finalizer=finalizer)


def make_finalization(snapshot: Snapshot, component: Component, content: Content) -> Finalization:
    """Make what the next attempt of a finalizer gets."""
    return Finalization(
        snapshot.stream_id,
        component.name,
        uuid.uuid5(uuid.UUID(snapshot.stream_id), component.name),
        component.attempt,
        snapshot.owner,
        snapshot.verdict,
        content,
    )


def call_of(finalizer: Finalizer) -> Callable[..., Any]:
    """Return the callable of a finalizer.

    Raises:
        InvalidComponent: A process with another `SECRET_KEY` made it, or it can't be imported.
    """
    text = _text_of(finalizer.call, _encoded(finalizer.arguments))
    try:
        _signer().unsign(f"{text}:{finalizer.signature}")
    except BadSignature:
        raise InvalidComponent(
            f"call: {shown(finalizer.call)} was not signed with the SECRET_KEY of this process"
        ) from None
    return _imported(finalizer.call)


def _path_of(call: Call) -> str:
    if isinstance(call, str):
        _imported(call)
        return call
    module, name = getattr(call, "__module__", None), getattr(call, "__qualname__", None)
    if not callable(call) or not module or not name:
        raise InvalidComponent(f"call: {shown(call)} is neither a callable nor a dotted path")
    path = f"{module}:{name}"
    if "<" in name or module == "__main__" or _imported(path) != call:
        raise InvalidComponent(
            f"call: another process can't import {path}; use a function of a module"
        )
    return path


def _imported(path: str) -> Callable[..., Any]:
    try:
        found = pkgutil.resolve_name(path)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidComponent(f"call: {shown(path)} can't be imported: {error}") from error
    if not callable(found):
        raise InvalidComponent(f"call: {shown(path)} is not callable")
    if _is_generator(found) or _is_generator(found.__call__):
        raise InvalidComponent(
            f"call: {shown(path)} is a generator function, and a call of one does nothing"
        )
    imported: Callable[..., Any] = found
    return imported


def _is_generator(call: object) -> bool:
    return inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call)


def _encoded(arguments: Mapping[str, Any]) -> bytes:
    try:
        encoded = orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RecursionError) as error:
        raise InvalidComponent(f"arguments: {error}") from error
    if not encoded.startswith(b"{"):
        raise InvalidComponent(f"arguments: {shown(arguments)} is not a mapping")
    if b"null" in encoded:
        _check_numbers(arguments)
    most = conf.get().MAX_ARGUMENTS_BYTES
    if len(encoded) > most:
        complaint = f"the arguments of the finalizer take {len(encoded)} bytes"
        raise LimitReached("MAX_ARGUMENTS_BYTES", most, complaint)
    return encoded


def _check_numbers(arguments: Mapping[str, Any]) -> None:
    """Refuse NaN and infinities, of which orjson makes null."""
    for name, value in arguments.items():
        try:
            json.dumps(value, allow_nan=False, default=_plain)
        except ValueError as error:
            raise InvalidComponent(f"arguments: {name}: {error}") from error


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Enum):
        return value.value
    return str(value)


def _text_of(path: str, encoded: bytes) -> str:
    return f"{path} {encoded.decode()}"


def _signer() -> Signer:
    return Signer(salt="sse_pipeline.finalizer")
