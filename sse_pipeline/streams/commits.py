"""Commits: a cause is decided, and the outcome replaces the snapshot that it was decided on.

A caller may be cancelled, or give up, while its commit is under way. The store goes on with the
commit. So what belongs to a commit does not depend on the caller: once the store has answered, the
commit is announced and its stream is watched, if need be in a thread of its own.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from ..exceptions import StoreUnavailable, StreamNotFound
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Outcome, decide
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..tracing import trace_hooks
from .announcements import announce, turnstile
from .plans import Plan, wait

#: Gets the snapshot that the store holds after a commit.
Watch = Callable[[Snapshot], None]


def change(
    store: Store, stream_id: str, cause: Cause, draft: Snapshot | None = None, *, watch: Watch
) -> Plan[Outcome]:
    """Decide a cause and commit the outcome. Decide again on each lost race.

    A `draft` opens the stream if it is not open yet. A refusal is raised only on the snapshot that
    the store held last. `watch` gets the snapshot that holds at the end.

    A cancellation leaves the commit to the store: it is done or not. If it is done, it is announced
    and `watch` is called, in a thread of its own.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
        AlreadyRegistered, RegistryClosed, StreamEnded: As `lifecycle.decide` does.
    """
    old = yield from wait(store.load(stream_id))
    if old is None and draft is not None:
        old = trace_hooks.current.open(draft)
    while True:
        if old is None:
            raise StreamNotFound.by_id(stream_id)
        outcome = decide(old, cause, store.now())
        held = yield from _commit(store, _Attempt(old, outcome, cause, watch))
        if held is outcome.snapshot:
            watch(held)
            return outcome
        old = held


def attempt(store: Store, old: Snapshot, cause: Cause, *, watch: Watch) -> Plan[Snapshot]:
    """Decide a cause that holds for this very snapshot; return the snapshot that the store holds.

    If the race was lost, the caller has to ask again whether the cause holds. `watch` is called
    only if the caller is cancelled in the meantime: see `change`.
    """
    outcome = decide(old, cause, store.now())
    return (yield from _commit(store, _Attempt(old, outcome, cause, watch)))


class _Attempt(NamedTuple):
    """One attempt to commit an outcome, and what belongs to it when it is won."""

    old: Snapshot
    outcome: Outcome
    cause: Cause
    watch: Watch

    @property
    def new(self) -> Snapshot:
        return self.outcome.snapshot

    @property
    def to_watch(self) -> Snapshot:
        """What is watched if the store gave no answer: it may have done the commit or not."""
        return self.old if self.old.version else self.new

    def enter(self) -> None:
        """Hold back the announcements of later versions."""
        turnstile.enter(self.new.stream_id, self.new.version)

    def leave(self, held: Snapshot | None) -> None:
        """Announce the commit if it was won, and let later versions be announced."""
        won = held is self.new
        announcement = partial(announce, self.old, self.outcome, self.cause) if won else None
        turnstile.leave(self.new.stream_id, self.new.version, announcement)

    def conclude_alone(self, answer: Future[Snapshot]) -> None:
        """Conclude the attempt when the store has answered a caller that is gone."""
        # Not here: this is the thread of the store, and a receiver of signals may wait for it.
        try:
            threading.Thread(target=self._conclude, args=(answer,), name="sse-conclude").start()
        except RuntimeError:  # the interpreter ends, and starts no thread any more
            self._conclude(answer)

    def _conclude(self, answer: Future[Snapshot]) -> None:
        held = None
        with suppress(Exception):
            held = answer.result()
        self.leave(held)
        self.watch(held or self.to_watch)


def _commit(store: Store, attempt: _Attempt) -> Plan[Snapshot]:
    new = attempt.new
    if new is attempt.old:
        return new
    # Entered before the commit: another thread may win the next version and announce it first.
    attempt.enter()
    try:
        answer = store.commit(new.stream_id, attempt.old, new, attempt.outcome.frames)
    except BaseException:
        attempt.leave(None)
        raise
    try:
        held = yield from wait(answer)
    except StoreUnavailable:
        attempt.leave(None)
        attempt.watch(attempt.to_watch)
        raise
    except BaseException:
        if isinstance(answer, Future):
            answer.add_done_callback(attempt.conclude_alone)
        raise
    attempt.leave(held)
    return held
