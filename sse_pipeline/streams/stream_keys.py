"""Keys: the open stream of a name that a site gives, such as "conversation:7", for one owner.

A store keeps a short text for each key: the id of its stream, and whether the stream was opened.
The id is settled first, by a comparison and a swap. Then everyone who came opens the stream of that
id, and the store opens it once. So nobody waits for a process that has settled an id, and may have
died.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace

from django.core.exceptions import ImproperlyConfigured

from .. import conf
from ..lifecycle.causes import OPEN
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..validation import filled_string, short_string
from . import commits
from .plans import Plan, wait
from .watchdog import watchdog_of

#: The longest key, in characters.
LONGEST_KEY = 255
#: The life of a key whose stream has no deadline, in seconds.
WITHOUT_DEADLINE = 7 * 86400.0

_CLAIMED, _OPENED = "claimed ", "opened "


def digest_of(key: str, owner: str | None) -> str:
    """Return what a store knows a key of an owner by.

    Raises:
        ValueError: `key` is not a string of at most `LONGEST_KEY` characters.
    """
    if complaint := short_string(LONGEST_KEY, filled_string)(key):
        raise ValueError(f"key: {complaint}")
    whose = "nobody" if owner is None else f"owner {owner}"
    return hashlib.sha256(f"{whose}\0{key}".encode()).hexdigest()


def find(store: Store, digest: str) -> Plan[Snapshot | None]:
    """Return the open stream of a key; None if it has none."""
    check(store)
    held = yield from wait(store.read_key(digest))
    stream = yield from _stream_of(store, held)
    return None if stream is None or stream.terminal else stream


def settle(store: Store, digest: str, draft: Snapshot) -> Plan[tuple[str, bool]]:
    """Return the id of the open stream of a key, and whether this call has opened it by a draft.

    Of callers that come at once one opens the stream. A stream that ended is replaced by one with
    an id of its own.

    Raises:
        ImproperlyConfigured: The store keeps no keys.
        TooManyOpen: This process or the owner has `STREAMS` or `OWNER_STREAMS` open.
    """
    check(store)
    life = life_of(draft)
    held = yield from wait(store.read_key(digest))
    while True:
        # Once in a turn: a stream that another caller opens meanwhile must not be replaced.
        stream = yield from _stream_of(store, held)
        if stream is not None and not stream.terminal:
            if held.startswith(_CLAIMED):  # its opener has died since: the id is used now
                opened = f"{_OPENED}{stream.stream_id}"
                yield from wait(store.swap_key(digest, held, opened, life))
            return stream.stream_id, False
        if stream is None and held.startswith(_CLAIMED):
            stream_id = held.removeprefix(_CLAIMED)
            if (yield from open_draft(store, replace(draft, stream_id=stream_id))):
                yield from wait(store.swap_key(digest, held, f"{_OPENED}{stream_id}", life))
                return stream_id, True
        else:
            # An id that was opened, and that the store does not know any more, is not used again.
            claim = f"{_CLAIMED}{uuid.uuid4()}"
            held = yield from wait(store.swap_key(digest, held, claim, life))


def life_of(draft: Snapshot) -> float:
    """Return how long the key of a stream is kept, in seconds."""
    deadline = WITHOUT_DEADLINE if draft.limits.deadline is None else draft.limits.deadline
    return deadline + conf.get().KEEP


def open_draft(store: Store, draft: Snapshot) -> Plan[bool]:
    """Open the stream of a draft; return False if it is there already."""
    watchdog = watchdog_of(store)
    change = commits.change(store, draft.stream_id, OPEN, draft, watch=watchdog.watch)
    outcome = yield from watchdog.opened.opening(draft, change)
    return bool(outcome.frames)


def _stream_of(store: Store, held: str) -> Plan[Snapshot | None]:
    return (yield from wait(store.load(held.partition(" ")[2]))) if held else None


def check(store: Store) -> None:
    """Check that a store keeps keys.

    Raises:
        ImproperlyConfigured: It does not.
    """
    if not store.has_keys:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE']: {type(store).__name__} keeps no keys of streams; memory,"
            " database and redis:// do"
        )
