"""A stream as this process works on it: the plan of each operation, written once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest

from . import causes, conf, operations, replies, stores, watchdog
from .causes import Cause
from .exceptions import FrameTooLarge, InvalidComponent, StreamEnded, StreamNotFound
from .flags import Flag, FlagName
from .frames import Frame, check_event, encode
from .lifecycle import Outcome
from .operations import Plan
from .reader import Pace, Reader, open_reader
from .registry import Component, Status
from .replies import Reply
from .snapshot import Snapshot, Verdict
from .stores import Store

logger = logging.getLogger(__name__)

#: What a component says itself of its work, for the ledger.
Summary = Mapping[str, Any] | None

_default = DjangoJSONEncoder().default


class Stream:
    """One stream in a store. A `draft` is stored, and the stream so opened, by the first plan."""

    def __init__(self, stream_id: str, draft: Snapshot | None = None) -> None:
        self.stream_id = stream_id
        self._draft = draft
        self._max_frame_bytes = conf.get().MAX_FRAME_BYTES
        self._known = False
        self._registered: frozenset[str] = frozenset()
        self._sole: str | None = None

    @property
    def _store(self) -> Store:
        return stores.current()  # a fork has another than the process that it is of

    def open(self) -> Plan[None]:
        """Open the stream, unless it is open."""
        if self._draft is not None:
            yield from self._commit(causes.OPEN)

    def look(self) -> Plan[Snapshot]:
        """Load the stream."""
        yield from self.open()
        snapshot: Snapshot | None = yield self._store.load(self.stream_id)
        if snapshot is None:
            raise self._not_found()
        self._learn(snapshot)
        if self._store.shared:
            watchdog.of(self._store).watch(snapshot)  # whoever opened it may be gone
        return snapshot

    def change(self, cause: Cause) -> Plan[bool]:
        """Have a cause decided; False, and a line in the log, where it changes nothing."""
        try:
            outcome = yield from self._commit(cause)
        except StreamEnded:
            if cause.trigger == "register":
                raise
            return False
        if not outcome.taken:
            logger.info(
                "%s was ignored: stream %s is %s",
                f"{cause.trigger} {cause.name}".rstrip(), self.stream_id, outcome.snapshot.state,
                extra={"stream_id": self.stream_id, "component": cause.name},
            )  # fmt: skip
        return outcome.taken

    def join(self, component: Component) -> Plan[None]:
        """Register a component, unless one of that name is pending."""
        snapshot = yield from self.look()
        known = snapshot.registry.get(component.name)
        if known is not None and known.pending:
            self._store.claim(self.stream_id, component.name)
        else:
            yield from self._commit(causes.register(component))

    def register(self, component: Component) -> Plan[None]:
        """Register a component, or take over one that is pending."""
        outcome = yield from self._commit(causes.register(component))
        if not outcome.frames and component.claim_within is None:
            self._store.claim(self.stream_id, component.name)

    def complete(self, name: str, summary: Summary = None) -> Plan[bool]:
        """Settle a component that has done its work."""
        _check(summary)
        return (yield from self.change(causes.complete(name, summary)))

    def fail(self, name: str, error: BaseException | str, summary: Summary = None) -> Plan[bool]:
        """Settle a component as failed, or as cancelled by a `CancelledError`.

        The error is logged, and shown to the reader only if the settings say so.
        """
        _check(summary)
        if isinstance(error, asyncio.CancelledError):
            cause = causes.fail(name, Status.CANCELLED, summary=summary)
            return (yield from self.change(cause))
        shown = str(error) if conf.get().EXPOSE_ERRORS else None
        cause = causes.fail(name, Status.FAILED, shown, shown, summary)
        taken = yield from self.change(cause)
        logger.log(
            logging.ERROR if taken else logging.INFO,
            "component %s of stream %s failed: %s", name, self.stream_id, error,
            exc_info=error if isinstance(error, BaseException) else None,
            extra={"stream_id": self.stream_id, "component": name},
        )  # fmt: skip
        return taken

    def send(self, event: str, component: str | None, fields: Mapping[str, Any]) -> Plan[None]:
        """Encode and append an event."""
        check_event(event)
        if self._draft is not None:
            yield from self.open()
        if component is None:
            component = self._sole
        elif component not in self._registered:
            yield from self._require(component)
        frame = Frame(encode(event, fields, _default), component)
        try:
            if len(frame.body) > self._max_frame_bytes:
                raise self._too_large(event, frame)
            yield self._store.append(self.stream_id, frame)
        except StreamNotFound:
            raise self._missing() from None
        except FrameTooLarge:
            yield from self._commit(causes.abort(Verdict.OVERFLOW))
            raise

    def note(self, component: str, text: str) -> None:
        """Keep a note of a component."""
        self._store.note(self.stream_id, component, text)

    def flag(self, name: FlagName) -> Flag:
        """Return a flag of the stream."""
        return Flag(self._store, self.stream_id, name, self.open)

    def read(self) -> Plan[Reader]:
        """Attach a reader that takes one frame after the other, from the first."""
        yield from self.open()
        reader = yield from open_reader(self._store, self.stream_id, 0, Pace())
        assert reader is not None
        return reader

    def events(self, request: HttpRequest) -> Plan[Reply[Reader]]:
        """Answer the request of a client that may read the stream."""
        yield from self.open()
        return (yield from replies.events(self._store, self.stream_id, request))

    def _commit(self, cause: Cause) -> Plan[Outcome]:
        try:
            outcome = yield from operations.change(self._store, self.stream_id, cause, self._draft)
        except StreamNotFound:
            raise self._missing() from None
        self._draft = None
        self._learn(outcome.snapshot)
        watchdog.of(self._store).watch(outcome.snapshot)
        return outcome

    def _missing(self) -> StreamNotFound | StreamEnded:
        if self._known:
            return StreamEnded(f"stream {self.stream_id} has ended, and is forgotten")
        return self._not_found()

    def _learn(self, snapshot: Snapshot) -> None:
        pending = snapshot.registry.pending()
        self._sole = pending[0].name if len(pending) == 1 else None
        self._known = True
        self._registered = frozenset(snapshot.registry.components)

    def _require(self, component: str) -> Plan[None]:
        snapshot = yield from self.look()
        if snapshot.registry.get(component) is None:
            raise InvalidComponent(
                f"component: {component!r} is not registered with stream {self.stream_id}"
            )

    def _too_large(self, event: str, frame: Frame) -> FrameTooLarge:
        return FrameTooLarge(
            f"event {event!r} takes {len(frame.body)} bytes, more than"
            f" SSE_PIPELINE['MAX_FRAME_BYTES'] = {self._max_frame_bytes}"
        )

    def _not_found(self) -> StreamNotFound:
        where = "" if self._store.shared else (
            "; with SSE_PIPELINE['STORE'] = 'memory' it is known only in the process that opened it"
        )  # fmt: skip
        return StreamNotFound(f"stream {self.stream_id} never was, or is forgotten{where}")


def _check(summary: Summary) -> None:
    if summary is not None:
        encode("summary", {"summary": summary})
