"""Commits: a cause is decided, and the outcome replaces the snapshot that it was decided on."""

from functools import partial

from ..exceptions import StreamNotFound
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Outcome, decide
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from .announcements import announce, turnstile
from .plans import Plan, wait


def change(
    store: Store, stream_id: str, cause: Cause, draft: Snapshot | None = None
) -> Plan[Outcome]:
    """Decide a cause and commit the outcome. Decide again on each lost race.

    A `draft` opens the stream if it is not open yet. A refusal is raised only on the snapshot that
    the store held last.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
        AlreadyRegistered, RegistryClosed, StreamEnded: As `lifecycle.decide` does.
    """
    old = (yield from wait(store.load(stream_id))) or draft
    while True:
        if old is None:
            raise StreamNotFound.by_id(stream_id)
        outcome = decide(old, cause, store.now())
        held = yield from _commit(store, stream_id, old, outcome, cause)
        if held is outcome.snapshot:
            return outcome
        old = held


def attempt(store: Store, old: Snapshot, cause: Cause) -> Plan[Snapshot]:
    """Decide a cause that holds for this very snapshot; return the snapshot that the store holds.

    If the race was lost, the caller has to ask again whether the cause holds.
    """
    outcome = decide(old, cause, store.now())
    return (yield from _commit(store, old.stream_id, old, outcome, cause))


def _commit(
    store: Store, stream_id: str, old: Snapshot, outcome: Outcome, cause: Cause
) -> Plan[Snapshot]:
    new = outcome.snapshot
    if new is old:
        return new
    announcement = None
    # Entered before the commit: another thread may win the next version and announce it first.
    turnstile.enter(stream_id, new.version)
    try:
        held = yield from wait(store.commit(stream_id, old, new, outcome.frames))
        if held is new:
            announcement = partial(announce, old, outcome, cause)
    finally:
        turnstile.leave(stream_id, new.version, announcement)
    return held
