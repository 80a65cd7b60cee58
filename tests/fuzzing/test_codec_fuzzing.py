"""The codec of the store over Redis: what is written is what is read."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fuzzing import examples
from harness.unicode import ENCODABLE_TEXT
from sse_pipeline.exceptions import StreamUnreadable
from sse_pipeline.frames import Frame, encode
from sse_pipeline.lifecycle.registry import Component, Registry, Status
from sse_pipeline.lifecycle.snapshot import Limits, Snapshot, State, Stop, Verdict
from sse_pipeline.stores.redis.entries import batch_of_entry, batch_of_message
from sse_pipeline.stores.remote import codec
from sse_pipeline.stores.remote.stream_record import dump_snapshot

pytestmark = pytest.mark.exhaustive

SECONDS = st.floats(0, 2**40) | st.integers(0, 2**40)
DURATIONS = st.floats(0.001, 1e9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | ENCODABLE_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ENCODABLE_TEXT, inner, max_size=3),
    max_leaves=5,
)
COMPONENTS = st.builds(
    Component,
    name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_.:-]{0,20}", fullmatch=True),
    required=st.booleans(),
    timeout=st.none() | DURATIONS,
    registered_at=SECONDS,
    status=st.sampled_from(Status),
    settled_at=st.none() | SECONDS,
    reason=st.none() | ENCODABLE_TEXT,
    frames=st.integers(0, 2**63 - 1),
    bytes=st.integers(0, 2**63 - 1),
    summary=st.none() | st.dictionaries(ENCODABLE_TEXT, JSON, max_size=3),
    claim_within=st.none() | DURATIONS,
)
SNAPSHOTS = st.builds(
    Snapshot,
    stream_id=st.uuids().map(str),
    state=st.sampled_from(State),
    registry=st.lists(COMPONENTS, max_size=4).map(
        lambda found: Registry({each.name: each for each in found})
    ),
    verdict=st.none() | st.sampled_from(Verdict),
    version=st.integers(0, 2**31),
    owner=st.none() | ENCODABLE_TEXT,
    limits=st.builds(Limits, st.none() | DURATIONS, DURATIONS, DURATIONS),
    opened_at=SECONDS,
    ended_at=st.none() | SECONDS,
    stop_at=st.none() | SECONDS,
    silence=st.none() | DURATIONS,
    stopped=st.none() | st.builds(Stop, ENCODABLE_TEXT, st.none() | st.integers(0, 2**53 - 1)),
)


UNKNOWN = st.dictionaries(ENCODABLE_TEXT, JSON, max_size=2)


def never_lost(_: str) -> bool:
    return False


def hash_of(record: bytes, **counts: float) -> dict[bytes, bytes]:
    return {b"snapshot": record, **{name.encode(): str(counts[name]).encode() for name in counts}}


@examples(60)
@given(SNAPSHOTS, ENCODABLE_TEXT, st.integers(0, 2**53), SECONDS)
def test_a_snapshot_is_read_as_it_was_written(
    snapshot: Snapshot, note: str, count: int, at: float
) -> None:
    kept = hash_of(dump_snapshot(snapshot), version=snapshot.version, frames=count, at=at)
    for name in snapshot.registry.components:
        kept[f"n:{name}".encode()] = note.encode()
    found = codec.parse_hash(kept, never_lost)
    assert found == snapshot
    assert (found.traffic.frames, found.traffic.at) == (count, at)
    notes = {tally.note for tally in found.traffic.components.values()}
    assert notes == ({note} if snapshot.registry.components else set())
    assert codec.parse_flags(codec.flag_letters(snapshot).encode()) == (
        snapshot.cancelled,
        snapshot.terminal,
    )


@examples(50)
@given(
    st.lists(
        st.dictionaries(ENCODABLE_TEXT.filter(lambda key: key != "type"), JSON, max_size=2),
        max_size=4,
    )
)
def test_a_batch_is_split_into_its_frames(messages: list[dict[str, Any]]) -> None:
    batch = [Frame(encode("text", fields)) for fields in messages]
    frames = codec.join_batch(batch)
    bodies = [frame.body for frame in batch]
    last = len(bodies) + 3
    from_log = batch_of_entry(b"%d-2" % last, {b"frames": frames, b"flags": b"c"})
    assert from_log == batch_of_message(b"%d-2 c\n" % last + frames)
    assert from_log == (last, 2, bodies, True, False)
    assert from_log.before == 3


@examples(100)
@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_the_id_of_an_entry_has_two_numbers(last: int, version: int) -> None:
    assert batch_of_entry(b"%d-%d" % (last, version), {b"frames": b""}).position == (last, version)


@examples(60)
@given(SNAPSHOTS, UNKNOWN)
def test_what_a_later_version_added_is_kept(snapshot: Snapshot, unknown: dict[str, Any]) -> None:
    record = {**unknown, **orjson.loads(dump_snapshot(snapshot))}
    read = codec.parse_hash(hash_of(orjson.dumps(record), version=1, at=0), never_lost)
    assert orjson.loads(dump_snapshot(read)) == {**record, "version": 1}


@st.composite
def broken_records(draw: st.DrawFn) -> bytes:
    """Return a record of which one value, at any depth, is something else."""
    record: Any = orjson.loads(dump_snapshot(draw(SNAPSHOTS)))
    place = record
    while True:
        key = draw(st.sampled_from(sorted(place)))
        inner = place[key]
        if isinstance(inner, dict) and inner and draw(st.booleans()):
            place = inner
            continue
        if draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(JSON)
        return orjson.dumps(record)


@examples(150)
@given(
    st.binary(max_size=40) | JSON.map(orjson.dumps) | broken_records(),
    st.dictionaries(st.sampled_from([b"version", b"at", b"f:a", b"n:a", b"o:\xff"]), st.binary()),
)
def test_what_is_broken_is_unreadable_and_nothing_else(
    record: bytes, fields: dict[bytes, bytes]
) -> None:
    kept = {**hash_of(record, version=1, at=0), **fields}
    try:
        snapshot = codec.parse_hash(kept, never_lost)
    except StreamUnreadable:
        return
    assert isinstance(snapshot, Snapshot)


@examples(50)
@given(st.dictionaries(st.sampled_from([b"frames", b"more"]), st.binary()))
def test_an_entry_of_any_bytes_has_frames_or_is_unreadable(entry: dict[bytes, bytes]) -> None:
    try:
        batch = batch_of_entry(b"1-1", entry)
    except StreamUnreadable:
        assert b"frames" not in entry
    else:
        assert all(body.endswith(b"\n\n") for body in batch.bodies)


@examples(100)
@given(st.binary(max_size=60))
def test_a_message_of_any_bytes_is_a_batch_or_refused(message: bytes) -> None:
    try:
        batch = batch_of_message(message)
    except ValueError:
        return
    assert all(body.endswith(b"\n\n") for body in batch.bodies)
