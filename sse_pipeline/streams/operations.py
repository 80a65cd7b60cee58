"""The operations on one stream: a plan for each thing that producers and readers do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .. import conf, signals, stores
from ..escaping import make_logger
from ..events.declarations import DECLARED, typed
from ..exceptions import (
    FrameTooLarge,
    InvalidComponent,
    LimitReached,
    StreamEnded,
    StreamNotFound,
    TooManyOpen,
)
from ..frames import Frame, check_name, encode, own
from ..lifecycle import causes
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Outcome
from ..lifecycle.registry import source_of
from ..lifecycle.snapshot import Snapshot, Verdict
from ..stores import Store
from . import commits, idempotency, reports
from .component_operations import ComponentOperations
from .flags import CANCELLED, ENDED, Flag, FlagKind
from .idempotency import PostedKey
from .plans import Plan, wait
from .watchdog import watchdog_of

logger = make_logger(__name__)

_default = DjangoJSONEncoder().default


class StreamOperations(ComponentOperations):
    """The plans of one stream. The first plan stores a `draft`, and so opens the stream.

    What the last commit or load said of the registry is kept here: `send` finds the component of a
    frame without asking the store.
    """

    def __init__(self, stream_id: str, draft: Snapshot | None = None) -> None:
        self.stream_id = stream_id
        #: The owner, as soon as it is known.
        self.owner: str | None = draft.owner if draft else None
        self._draft = draft
        self._max_frame_bytes = conf.get().MAX_FRAME_BYTES
        self._known = False
        # A forked child has a store of its own: on the memory store it knows no stream.
        self._pid = os.getpid()
        #: The name by which the store knows what each component sends now.
        self._sources: dict[str, str] = {}
        self._sole: str | None = None
        #: The span of the stream, as soon as it is known: see `Snapshot.trace`.
        self.trace: Mapping[str, str] = {}

    @property
    def _store(self) -> Store:
        # Asked each time: a forked child has a store of its own.
        return stores.current()

    def open(self) -> Plan[None]:
        """Open the stream, unless it is open."""
        if self._draft is not None:
            yield from self._commit(causes.OPEN)

    def open_once(self, posted: PostedKey) -> Plan[bool]:
        """Open the stream, unless a stream answers a key. Then these are the operations of that.

        Raises:
            KeyReused: The key was used for another request.
        """
        if self._draft is None:
            raise ValueError("a stream that is open can't be opened for a key")
        self.stream_id, is_new = yield from idempotency.settle(self._store, posted, self._draft)
        self._draft = None
        yield from self.load()
        return is_new

    def load(self) -> Plan[Snapshot]:
        """Load the snapshot of the stream.

        Raises:
            StreamNotFound: The stream never existed, or the store has forgotten it.
        """
        yield from self.open()
        snapshot = yield from self._of_either(self._load, frames=False)
        self._learn(snapshot)
        if self._store.shared and self._archived is None:
            # The process that opened the stream may be gone, and its watchdog with it.
            watchdog_of(self._store).watch(snapshot)
        return snapshot

    def _load(self, store: Store) -> Plan[Snapshot]:
        snapshot = yield from wait(store.load(self.stream_id))
        if snapshot is None:
            raise self._not_found()
        return snapshot

    def report_error(
        self, message: str, component: str, code: str | None, *, fatal: bool
    ) -> Plan[bool]:
        """Tell the reader of an error. Texts that are too long are cut.

        Raises:
            LimitReached: `ERRORS` were reported, and this one does not decide how the stream ends.
        """
        return (
            yield from self.change(reports.reported_error(message, component, code, fatal=fatal))
        )

    def send(
        self, event: str | object, component: str | None, fields: Mapping[str, Any]
    ) -> Plan[None]:
        """Encode an event and append it. Without a component the only pending one is meant.

        The event is a name, or an instance of a declared class.

        Raises:
            InvalidFrame: The event or a field can't be sent; the message names it.
            InvalidComponent: The component is not registered.
            FrameTooLarge: The frame or the stream exceeds its limit; the stream ends.
            StreamEnded: The stream has ended.
        """
        if not isinstance(event, str):
            event, fields = typed(event, fields)
        else:
            check_name(event)
            if (declaration := DECLARED.get(event)) is not None:
                declaration.check(fields)
        if self._draft is not None:
            yield from self.open()
        if component is None:
            source = self._sole
        else:
            if component not in self._sources:
                yield from self._require(component)
            source = self._sources[component]
        frame = Frame(encode(event, fields, _default), source)
        try:
            if len(frame.body) > self._max_frame_bytes:
                raise self._too_large(event, frame)
            answer = self._store.append(self.stream_id, frame)
            if answer is not None:  # most often there is room, and nothing to wait for
                yield answer
        except StreamNotFound:
            raise self._missing() from None
        except FrameTooLarge as error:
            signals.notify_limit(error.setting, stream_id=self.stream_id)
            yield from self._commit(causes.abort(Verdict.OVERFLOW))
            raise

    def check_attempt(self, component: str, attempt: int) -> None:
        """Check that no other attempt of a component has followed, as far as is known here.

        Raises:
            StreamEnded: One has.
        """
        if self._sources.get(component) != source_of(component, attempt):
            raise StreamEnded(
                f"attempt {attempt} of component {component} of stream {self.stream_id} was"
                " followed by another"
            )

    def note(self, component: str, text: str) -> None:
        """Keep a note of a component. A note that is too long is cut.

        Raises:
            InvalidFrame: The text can't be sent.
        """
        text = reports.cut(text) if isinstance(text, str) else text
        own("component", note=text)
        self._store.note(self.stream_id, self._sources.get(component, component), text)

    def ended(self) -> Flag:
        """Return the flag that any terminal state sets."""
        return self._flag(ENDED)

    def cancelled(self) -> Flag:
        """Return the flag that a cancel or a failure sets: producers should stop."""
        return self._flag(CANCELLED)

    def _flag(self, kind: FlagKind) -> Flag:
        return Flag(self._store, self.stream_id, kind, self.open)

    def _commit(self, cause: Cause) -> Plan[Outcome]:
        store, draft = self._store, self._draft
        watchdog = watchdog_of(store)
        change = commits.change(store, self.stream_id, cause, draft, watch=watchdog.watch)
        try:
            outcome = yield from (watchdog.opened.opening(draft, change) if draft else change)
        except StreamNotFound:
            raise self._missing() from None
        except TooManyOpen:  # the occupancy has told of it
            raise
        except LimitReached as error:
            signals.notify_limit(error.setting, stream_id=self.stream_id)
            raise
        self._draft = None
        self._learn(outcome.snapshot)
        return outcome

    def _missing(self) -> StreamNotFound | StreamEnded:
        if self._known and self._pid == os.getpid():
            return StreamEnded(f"stream {self.stream_id} has ended, and is forgotten")
        return self._not_found()

    def _learn(self, snapshot: Snapshot) -> None:
        pending = snapshot.registry.pending_producers()
        self._sole = pending[0].source if len(pending) == 1 else None
        self._known, self.owner, self.trace = True, snapshot.owner, snapshot.trace
        self._sources = {each.name: each.source for each in snapshot.registry}

    def _require(self, component: str) -> Plan[None]:
        # Another process may have registered it since: load once before the refusal.
        snapshot = yield from self.load()
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
        advice = "" if self._store.shared else (
            "; with SSE_PIPELINE['STORE'] = 'memory' it is known only in the process that opened it"
        )  # fmt: skip
        return StreamNotFound.by_id(self.stream_id, advice)
