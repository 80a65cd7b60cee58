"""Idempotency keys: one stream ever for a key of a holder, for as long as the stream is kept.

The key of a conversation has one *open* stream at a time (`stream_keys`). An idempotency key has
one stream: a retry gets it while it is open and when it has ended, and never another one's.

A store keeps a text for each holder: a line for each of his keys, the newest last. So the keys of
a holder are bounded exactly, and one that is pushed out is his own. The line says for which request
the key is, by a digest, and the id of the stream: claimed first, by a comparison and a swap, and
then opened by everyone who came, of which the store opens it once. Nobody waits for a process that
has claimed an id, and may have died.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import NamedTuple

from .. import conf, signals
from ..exceptions import KeyReused
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from . import stream_keys
from .plans import Plan, wait

#: The longest key, in characters.
LONGEST_KEY = stream_keys.LONGEST_KEY


class PostedKey(NamedTuple):
    """A key as a request names it. `asked` is all that has to be the same for it."""

    holder: str
    key: str
    asked: bytes


class _Line(NamedTuple):
    """What is kept of a key. `expires` is a time by the clock of the store."""

    key: str
    asked: str
    state: str
    stream_id: str
    expires: float
    #: What a later release adds, which goes back into the text.
    more: tuple[str, ...] = ()

    @classmethod
    def parse(cls, line: str) -> _Line:
        """Return the line of a text."""
        key, asked, state, stream_id, expires, *more = line.split(" ")
        return cls(key, asked, state, stream_id, float(expires), tuple(more))

    def dump(self) -> str:
        """Return it as a line of the text."""
        return " ".join([*self[:4], repr(self.expires), *self.more])


def settle(store: Store, posted: PostedKey, draft: Snapshot) -> Plan[tuple[str, bool]]:
    """Return the id of the stream of a key, and whether this call has opened it by a draft.

    A key whose stream the store has forgotten is free again.

    Raises:
        KeyReused: The key was used for another request.
        ImproperlyConfigured: The store keeps no keys.
        TooManyOpen: This process or the owner has `STREAMS` or `OWNER_STREAMS` open.
    """
    stream_keys.check(store)
    name, key, asked = (
        _digest(f"holder {posted.holder}"),
        _digest(posted.key),
        _digest(posted.asked),
    )
    life = stream_keys.life_of(draft)
    held = yield from wait(store.read_key(name))
    while True:
        lines = _parse(held, store.now())
        mine = lines.pop(key, None)
        if mine is not None and mine.asked != asked:
            raise KeyReused("the key was used for another request")
        # Once in a turn: a stream that another caller opens meanwhile must not be replaced.
        stream = (yield from wait(store.load(mine.stream_id))) if mine is not None else None
        if mine is not None and (stream is not None or mine.state == "claimed"):
            opening = replace(draft, stream_id=mine.stream_id)
            is_new = stream is None and (yield from stream_keys.open_draft(store, opening))
            if stream is None and not is_new:
                continue  # another caller has opened it
            if mine.state == "claimed":
                yield from _note_opened(store, name, mine)
            return mine.stream_id, is_new
        # An id that was opened, and that the store does not know any more, is not used again.
        claim = _Line(key, asked, "claimed", draft.stream_id, store.now() + life)
        held = yield from _put(store, name, held, [*lines.values(), claim])


def _note_opened(store: Store, name: str, line: _Line) -> Plan[None]:
    """Note that the stream of a key was opened: its id is used."""
    held = yield from wait(store.read_key(name))
    while (lines := _parse(held, store.now())).get(line.key) == line:
        lines[line.key] = line._replace(state="opened")
        held = yield from _put(store, name, held, [*lines.values()])


def _put(store: Store, name: str, held: str, lines: list[_Line]) -> Plan[str]:
    kept = lines[-conf.get().OWNER_KEYS :]
    life = max(line.expires for line in kept) - store.now()
    text = "\n".join(line.dump() for line in kept)
    holds = yield from wait(store.swap_key(name, held, text, life))
    if holds == text and len(lines) > len(kept):
        signals.notify_limit("OWNER_KEYS")
    return holds


def _parse(held: str, now: float) -> dict[str, _Line]:
    lines = map(_Line.parse, held.splitlines())
    return {line.key: line for line in lines if line.expires > now}


def _digest(text: str | bytes) -> str:
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:32]
