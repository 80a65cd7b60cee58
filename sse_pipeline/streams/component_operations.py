"""The operations on the components of a stream, as plans."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from contextlib import suppress
from dataclasses import replace

from .. import signals
from ..escaping import make_logger
from ..exceptions import LimitReached, StreamEnded
from ..lifecycle import causes
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Outcome
from ..lifecycle.progress import Progress
from ..lifecycle.registry import Component
from ..lifecycle.waiting import Waiting
from . import reports
from .plans import Plan
from .progress_teller import progress_teller
from .read_operations import ReadOperations
from .reports import Summary

logger = make_logger(__name__)


class ComponentOperations(ReadOperations):
    """The plans of `StreamOperations` that register, begin and settle components."""

    @abstractmethod
    def _commit(self, cause: Cause) -> Plan[Outcome]:
        """Decide a cause, and commit the outcome."""

    def change(self, cause: Cause) -> Plan[bool]:
        """Commit what a cause changes. Return False, and write to the log, if nothing changes."""
        try:
            outcome = yield from self._commit(cause)
        except StreamEnded:  # it is forgotten
            return False
        if not outcome.taken:
            reports.log_ignored(cause, outcome.snapshot)
        return outcome.taken

    def join(self, component: Component, *, resumes: bool = False) -> Plan[int | None]:
        """Register a component, or claim a pending one of that name.

        If it has attempts, begin one, and return its number: the first, or the next one.

        Raises:
            AlreadyRegistered: It has settled, or somebody makes its last attempt.
        """
        snapshot = yield from self.load()
        known = snapshot.registry.get(component.name)
        if known is None or not known.pending or known.finalizer is not None:
            outcome = yield from self._commit(causes.register(component))
            known = outcome.snapshot.registry.components[component.name]
        elif known.attempts == 1:
            self._store.claim(self.stream_id, component.name)
        if known.attempts == 1:
            return None
        outcome = yield from self._commit(causes.take(component.name, resumes=resumes))
        return outcome.snapshot.registry.components[component.name].attempt

    def wait_for(self, name: str, what: str, limit: float, attempt: int | None) -> Plan[bool]:
        """Let a component wait for something. Return False if it is not pending."""
        waiting = Waiting(reports.cut(what), self._store.now(), limit)
        return (yield from self.change(causes.wait(name, waiting, attempt)))

    def tell_progress(self, name: str, fraction: float, text: str, attempt: int | None) -> None:
        """Let the readers be told how far a component is, in another thread.

        Raises:
            ValueError: `fraction` is no number from 0 to 1, or `text` can't be told.
        """
        reports.check_progress(fraction, text)
        progress = Progress(float(fraction), text, self._store.now())
        cause = causes.progress(name, progress, attempt)
        progress_teller().put(self._store, self.stream_id, cause)

    def register(self, component: Component) -> Plan[None]:
        """Register a component, or claim a pending one with equal options.

        Raises:
            AlreadyRegistered: It is registered with other options, or has settled.
            RegistryClosed: The stream is draining.
            StreamEnded: The stream has ended.
        """
        outcome = yield from self._commit(causes.register(component))
        is_mine = component.claim_within is None and component.finalizer is None
        if not outcome.frames and is_mine:
            self._store.claim(self.stream_id, component.name)

    def complete(
        self, name: str, summary: Summary = None, *, attempt: int | None = None
    ) -> Plan[bool]:
        """Settle a component as complete."""
        self._check(summary)
        yield from self._tell_last(name)
        return (yield from self.change(causes.complete(name, summary, attempt)))

    def fail(
        self,
        name: str,
        error: BaseException | str,
        summary: Summary = None,
        *,
        attempt: int | None = None,
        retryable: bool = False,
    ) -> Plan[bool]:
        """Settle a component as failed; a `CancelledError` settles it as cancelled.

        If the failure is retryable and it has attempts left, it waits for the next one.

        The error goes into the log. The reader sees its text only if `EXPOSE_ERRORS` is set.
        """
        self._check(summary)
        yield from self._tell_last(name)
        text = reports.text_of(error)
        cause = reports.failure(name, error, text, summary)
        cause = replace(cause, attempt=attempt, retryable=retryable)
        taken = yield from self.change(cause)
        if isinstance(error, asyncio.CancelledError):
            return taken
        logger.log(
            logging.ERROR if taken else logging.INFO,
            "component %s of stream %s failed: %s", name, self.stream_id, text,
            exc_info=error if isinstance(error, BaseException) else None,
            extra={"stream_id": self.stream_id, "component": name},
        )  # fmt: skip
        return taken

    def _tell_last(self, name: str) -> Plan[None]:
        """Tell the last progress of a component that settles, if that was not done yet."""
        if (cause := progress_teller().take(self.stream_id, name)) is not None:
            with suppress(StreamEnded):  # it is forgotten: to settle the component says so
                yield from self._commit(cause)

    def _check(self, summary: Summary) -> None:
        try:
            reports.check_summary(summary)
        except LimitReached as error:
            signals.notify_limit(error.setting, stream_id=self.stream_id)
            raise
