"""A connection of the store to PostgreSQL. Each step calls one function, in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import psycopg

from ...remote import codec
from ...remote.append_request import AppendRequest
from ...remote.batch import Batch, split_frames
from ...remote.commit_request import CommitRequest
from ...remote.key_request import KeyRequest
from ...remote.store_request import Part
from ...remote.waker import Waker
from ..content_ranges import ranges_of
from ..database_tuning import DatabaseTuning
from ..engine import Heard, Session, StreamRow, fields_of
from ..kept_request import ContentBatch
from .listener import Listener

_APPEND = """SELECT * FROM sse_pipeline_database_append(
    %b::text, %b::bigint, %b::bigint, %b::text[], %b::bigint[], %b::integer[], %b::float8[],
    %b::text[]::jsonb[], %b::text[], %b::bytea[])"""
_COMMIT = """SELECT * FROM sse_pipeline_database_commit(
    %b::text, %b::bigint, %b::text, %b::bigint, %b::bigint, %b::bytea, %b::text, %b::integer,
    %b::bytea[], %b::text[], %b::bytea, %b::float8, %b::bigint, %b::bigint, %b::text[], %b::text[],
    %b::boolean, %b::boolean)"""
_LOAD = "SELECT * FROM sse_pipeline_database_load(%b::text[])"
_FETCH = "SELECT * FROM sse_pipeline_database_fetch(%b::text[], %b::bigint[], %b::integer)"
_TAIL = """SELECT number, last, frames, flags, data, total FROM sse_pipeline_database_batch
    WHERE stream = %b ORDER BY number DESC LIMIT %b"""
_OLDEST = """SELECT total - length(data) FROM sse_pipeline_database_batch
    WHERE stream = %b ORDER BY number LIMIT 1"""
_CONTENT = "SELECT * FROM sse_pipeline_database_content(%b, %b, %b)"
_CUT = """SELECT cut FROM sse_pipeline_database_stream
    WHERE id = %b AND expires > extract(epoch FROM clock_timestamp())"""
_KEY = "SELECT sse_pipeline_database_key(%b, %b, %b, %b::float8)"
_RENEW = """INSERT INTO sse_pipeline_database_process (name, expires)
    VALUES (%b, extract(epoch FROM clock_timestamp()) + %b::float8)
    ON CONFLICT (name) DO UPDATE SET expires = excluded.expires
    RETURNING extract(epoch FROM pg_postmaster_start_time())::text"""
_ALIVE = """SELECT name FROM sse_pipeline_database_process
    WHERE name = ANY (%b::text[]) AND expires > extract(epoch FROM clock_timestamp())"""
_GIVE_BACK = "DELETE FROM sse_pipeline_database_process WHERE name = %b"


class PostgresSession(Session):
    """A connection in autocommit, for one thread."""

    def __init__(self, connection: psycopg.Connection[Any], tuning: DatabaseTuning) -> None:
        self._connection = connection
        self._listener = Listener(connection, tuning)

    @property
    def hears(self) -> bool:  # type: ignore[override]
        return self._listener.silence is None

    @property
    def silence(self) -> str | None:  # type: ignore[override]
        return self._listener.silence

    def append(self, requests: Sequence[AppendRequest]) -> tuple[float, list[Sequence[Part]]]:
        context = requests[0].context
        rows = self._execute(
            _APPEND,
            context.process,
            context.held_bytes,
            context.content_bytes,
            [each.stream_id for each in requests],
            [each.sequence for each in requests],
            [len(each.frames) for each in requests],
            [float(each.life_to_renew()) for each in requests],
            [_details(each) for each in requests],
            [ranges_of(each.frames) for each in requests],
            [codec.join_batch(each.frames) for each in requests],
        )
        answers: list[Sequence[Part]] = [()] * len(requests)
        for place, _, outcome, size, flags, component in rows:
            answers[place - 1] = (outcome.encode(), size, *_encoded(flags, component))
        return rows[0][1], answers

    def commit(self, request: CommitRequest) -> tuple[float, Sequence[Part]]:
        pieces = request.pieces()
        first = split_frames(pieces[0])[:1]
        context, new = request.context, request.new
        (row,) = self._execute(
            _COMMIT, context.process, request.sequence, new.stream_id, request.old.version,
            new.version, request.record, codec.flag_letters(new), request.count, pieces,
            [codec.field_of(count) for _, count in request.places], b"".join(first),
            float(request.life()), context.held_bytes, context.content_bytes, request.claimed(),
            request.lost(), request.changes_flags, new.terminal,
        )  # fmt: skip
        moment, outcome, version, snapshot, counts = row
        if outcome == "missing":
            return moment, (b"missing",)
        kept = orjson.loads(counts)
        if outcome == "lost":
            return moment, (b"lost", fields_of(snapshot, version, kept))
        return moment, request.won(kept)

    def load(self, streams: Sequence[str]) -> dict[str, StreamRow]:
        return {
            stream: StreamRow(moment, snapshot, flags, first, version, last, total, _json(counts))
            for moment, stream, snapshot, flags, first, version, last, total, counts in (
                self._execute(_LOAD, list(streams))
            )
        }

    def fetch(self, after: Mapping[str, int], most: int) -> dict[str, list[Batch]]:
        found: dict[str, list[Batch]] = {}
        rows = self._execute(_FETCH, list(after), list(after.values()), most)
        for stream, number, last, _, flags, data in rows:
            found.setdefault(stream, []).append(_batch(number, last, flags, data))
        return found

    def tail(self, stream: str, most: int) -> tuple[list[Batch], int]:
        rows = self._execute(_TAIL, stream, most)
        oldest = self._execute(_OLDEST, stream)
        held = rows[0][5] - oldest[0][0] if rows else 0
        return [_batch(number, last, *rest) for number, last, _, *rest, _ in rows], held

    def content(self, stream: str, after: int, most: int) -> tuple[bool | None, list[ContentBatch]]:
        rows = self._execute(_CONTENT, stream, after, most)
        cut = self._execute(_CUT, stream)
        return cut[0][0] if cut else None, [ContentBatch(*row) for row in rows]

    def swap_key(self, request: KeyRequest) -> str:
        arguments = (request.key, request.old, request.new, float(request.life))
        return str(self._execute(_KEY, *arguments)[0][0])

    def renew(self, process: str, seconds: float, watched: Sequence[str]) -> tuple[str, list[bool]]:
        ((run,),) = self._execute(_RENEW, process, float(seconds))
        alive = {name for (name,) in self._execute(_ALIVE, list(watched))} if watched else set()
        return run, [each in alive for each in watched]

    def give_back(self, process: str) -> None:
        self._execute(_GIVE_BACK, process)

    def sweep(self, most: int) -> int:
        ((count,),) = self._execute("SELECT sse_pipeline_database_sweep(%b)", most)
        return int(count)

    def listen(self) -> None:
        self._listener.start()

    def wait(self, waker: Waker, *, following: bool) -> Heard:
        return self._listener.wait(waker, following=following)

    def close(self) -> None:
        self._connection.close()

    def _execute(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(statement, arguments)
            return cursor.fetchall() if cursor.description else []


def _batch(number: int, last: int, flags: str, data: bytes) -> Batch:
    return Batch(last, number, split_frames(data), *codec.parse_flags(flags.encode()))


def _details(request: AppendRequest) -> str:
    # PostgreSQL's JSON has no NUL.
    counts = {
        name: [count.frames, count.bytes, count.note.replace("\0", "\ufffd")]
        for name, count in request.counts().items()
    }
    return orjson.dumps(counts).decode()


def _encoded(*texts: str | None) -> list[bytes]:
    return [(text or "").encode() for text in texts]


def _json(text: str) -> dict[str, object]:
    document: dict[str, object] = orjson.loads(text)
    return document
