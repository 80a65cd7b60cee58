"""The two steps that change a stream, in a transaction that is open.

They do what the functions of PostgreSQL and the scripts of Redis do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from ...remote import codec
from ...remote.append_request import AppendRequest
from ...remote.batch import split_frames
from ...remote.commit_request import CommitRequest
from ...remote.store_request import Part, StoreRequest
from ..content_ranges import NONE, ranges_of
from ..engine import fields_of
from .trimming import trim

_STREAM = "SELECT flags, lost, expires, snapshot FROM stream WHERE id = ?"
_LAST = """SELECT number, last, version, total, counts FROM batch
    WHERE stream = ? ORDER BY number DESC LIMIT 1"""
_ADD = """INSERT INTO batch (stream, number, last, version, total, flags, counts, content, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_REPLACE = """INSERT INTO stream (id, snapshot, flags, first, lost, expires)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    snapshot = excluded.snapshot, flags = excluded.flags, lost = excluded.lost,
    expires = excluded.expires"""


class _Kept(NamedTuple):
    """What the file has of a stream."""

    flags: str
    lost: list[str]
    expires: float
    snapshot: bytes
    number: int
    last: int
    version: int
    total: int
    counts: dict[str, Any]

    def followed_by(self, data: bytes, frames: int, version: int) -> _Kept:
        """Return what holds after a batch."""
        return self._replace(
            number=self.number + 1,
            last=self.last + frames,
            version=version,
            total=self.total + len(data),
        )


_NOTHING = _Kept("", [], 0.0, b"", 0, 0, 0, 0, {})


class Steps:
    """Appends and commits over a connection, in a transaction that the caller has begun."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, request: AppendRequest, now: float) -> Sequence[Part]:
        """Append a batch, unless the stream has ended; return the answer."""
        kept, process = self._kept(request.stream_id, now), request.context.process
        if kept is None:
            return b"missing", 0, b"", b""
        counts, flags, total = kept.counts, kept.flags.encode(), kept.counts.get("bytes", 0)
        if counts.get(f"w:{process}", 0) >= request.sequence:
            return b"done", total, flags, b""
        if "e" in kept.flags:
            return b"ended", total, flags, b""
        fenced = [name for name in request.counts() if name in kept.lost]
        if fenced:
            return b"fenced", total, flags, fenced[0].encode()
        taken = _count(counts, request, now)
        data = codec.join_batch(request.frames)
        after = kept.followed_by(data, len(request.frames), kept.version + taken)
        self._add(request, after, data, ranges_of(request.frames))
        life = request.life_to_renew()
        if kept.expires - now < life / 2:
            self._connection.execute(
                "UPDATE stream SET expires = ? WHERE id = ?", (now + life, request.stream_id)
            )
        return b"done", counts.get("bytes", 0), flags, b""

    def commit(self, request: CommitRequest, now: float) -> Sequence[Part]:
        """Replace the snapshot if the version is the one decided on; return the answer."""
        stream, context, new = request.stream_id, request.context, request.new
        found = self._kept(stream, now)
        if found is None:
            if request.old.version:
                return (b"missing",)
            self.delete([stream])  # one whose time is over
        kept = found or _NOTHING
        if kept.counts.get(f"w:{context.process}", 0) >= request.sequence:
            return request.won(kept.counts)
        if kept.version != request.old.version:
            return b"lost", fields_of(kept.snapshot, kept.version, kept.counts)
        data = _joined(request, kept.counts)
        claimed = {f"o:{name}": context.process for name in request.claimed()}
        counts = {**kept.counts, "at": now, f"w:{context.process}": request.sequence, **claimed}
        flags = codec.flag_letters(new)
        lost = orjson.dumps([*kept.lost, *request.lost()]).decode()
        first = b"".join(split_frames(data)[:1])
        self._connection.execute(
            _REPLACE, (stream, request.record, flags, first, lost, now + request.life())
        )
        after = kept.followed_by(data, request.count, new.version)
        self._add(request, after._replace(flags=flags, counts=counts), data)
        return request.won(kept.counts)

    def delete(self, streams: Iterable[str]) -> None:
        """Delete streams with all that belongs to them."""
        keys = [(each,) for each in streams]
        for table, key in (("batch", "stream"), ("spill", "stream"), ("stream", "id")):
            self._connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", keys)  # noqa: S608

    def _kept(self, stream: str, now: float) -> _Kept | None:
        row = self._connection.execute(_STREAM, (stream,)).fetchone()
        last = self._connection.execute(_LAST, (stream,)).fetchone()
        if row is None or last is None or row[2] <= now:
            return None
        flags, lost, expires, snapshot = row
        number, last_frame, version, total, counts = last
        return _Kept(
            flags, orjson.loads(lost), expires, snapshot,
            number, last_frame, version, total, orjson.loads(counts),
        )  # fmt: skip

    def _add(
        self, request: StoreRequest[Any], after: _Kept, data: bytes, content: str = NONE
    ) -> None:
        """Add a batch, and drop what is too much each time when an eighth of it has come."""
        stream, context = request.stream_id, request.context
        held = context.held_bytes
        self._connection.execute(
            _ADD,
            (
                stream, after.number, after.last, after.version, after.total, after.flags,
                orjson.dumps(after.counts).decode(), content, data,
            ),
        )  # fmt: skip
        step = held // 8 + 1
        if after.total > held and after.total // step != (after.total - len(data)) // step:
            spare = after.total - held + step
            trim(self._connection, stream, (after.number, spare), context.content_bytes)


def _count(counts: dict[str, Any], request: AppendRequest, now: float) -> int:
    """Count a batch for its components; return how many of them had another process."""
    taken = 0
    process = request.context.process
    sent = request.counts()
    for name, each in sent.items():
        if not name:
            counts["anyone"] = now
            continue
        taken += counts.get(f"o:{name}") != process
        counts[f"o:{name}"] = process
        counts[f"f:{name}"] = counts.get(f"f:{name}", 0) + each.frames
        counts[f"b:{name}"] = counts.get(f"b:{name}", 0) + each.bytes
        counts[f"t:{name}"] = now
        if each.note:
            counts[f"n:{name}"] = each.note
    counts[f"w:{process}"] = request.sequence
    if request.frames:
        counts["frames"] = counts.get("frames", 0) + len(request.frames)
        counts["bytes"] = counts.get("bytes", 0) + sum(each.bytes for each in sent.values())
        counts["at"] = now
        counts.setdefault("since", now)
    return taken


def _joined(request: CommitRequest, counts: Mapping[str, Any]) -> bytes:
    """Join the frames of a commit, with the counts that hold now."""
    numbers = [str(counts.get(codec.field_of(count), 0)) for _, count in request.places]
    pieces = request.pieces()
    joined = pieces[0]
    for number, piece in zip(numbers, pieces[1:], strict=True):
        joined += number.encode() + piece
    return joined
