"""The record of an ended stream: its snapshot, its frames as readers get them, and its content.

The snapshot is the head of the record. It is kept apart: who may not read the stream costs no look
at its frames. The rest is a line of JSON, the frames, and those of the content. Both are
compressed. The content stands beside the frames: the log of the store may have dropped a part of
it, and knows no components of what came from another process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from typing import Any, NamedTuple

import orjson

from ..events.merging import Attributed, KeptFrames, is_content
from ..exceptions import StreamUnreadable
from ..lifecycle.registry import Component, Registry
from ..lifecycle.snapshot import Snapshot
from ..lifecycle.traffic import Tally, Traffic
from ..stores.remote.stream_record import dump_snapshot, parse_snapshot
from .compression import compress, decompress

#: A later release raises it if an earlier one could not read its records.
FORMAT = 1
_AUDIO = b"event: audio\n"


class ArchivedFrames(NamedTuple):
    """What an ended stream has sent.

    `frames` are joined, with their ids. `resumes` is the id of the first frame behind those that
    the store had dropped; 0 if it had all.
    """

    frames: bytes
    kept: KeptFrames
    resumes: int = 0


def without_audio(frames: bytes) -> bytes:
    """Return joined frames without those that are audio: their ids are missing then."""
    blocks = frames.split(b"\n\n")[:-1]
    return b"".join(each + b"\n\n" for each in blocks if not each.startswith(_AUDIO))


def dump_head(snapshot: Snapshot) -> bytes:
    """Encode the head of a record. The times of the snapshot are seconds since 1970."""
    head = {
        "format": FORMAT,
        "snapshot": orjson.loads(dump_snapshot(snapshot)),
        "version": snapshot.version,
        "traffic": asdict(snapshot.traffic),
    }
    return compress(orjson.dumps(head))


def dump_frames(archived: ArchivedFrames) -> bytes:
    """Encode the rest of a record."""
    kept = archived.kept
    content = [each for each in kept.frames if is_content(each[1])]
    line = {
        "format": FORMAT,
        "frames": len(archived.frames),
        "resumes": archived.resumes,
        "until": kept.until,
        "cut": kept.cut,
        "content": [(component, len(frame)) for component, frame in content],
    }
    pieces = (orjson.dumps(line), b"\n", archived.frames, *(frame for _, frame in content))
    return compress(b"".join(pieces))


def parse_head(data: bytes) -> Snapshot:
    """Decode the head of a record.

    Raises:
        StreamUnreadable: It is broken, or of a later version.
    """
    with _readable():
        head = _checked(orjson.loads(decompress(data)))
        snapshot = parse_snapshot(orjson.dumps(head["snapshot"]), version=head["version"])
        return replace(snapshot, traffic=_traffic(head["traffic"]))


def parse_frames(data: bytes) -> ArchivedFrames:
    """Decode the rest of a record.

    Raises:
        StreamUnreadable: It is broken, or of a later version.
    """
    with _readable():
        line, _, rest = decompress(data).partition(b"\n")
        head = _checked(orjson.loads(line))
        frames, rest = rest[: head["frames"]], rest[head["frames"] :]
        kept = KeptFrames(head["until"], [*_content(head["content"], rest)], head["cut"])
        return ArchivedFrames(frames, kept, head["resumes"])


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise StreamUnreadable(f"the archived record can't be read: {error!r}") from error


def _checked(head: dict[str, Any]) -> dict[str, Any]:
    if (found := head["format"]) > FORMAT:
        raise ValueError(f"its format is {found}, and this version knows {FORMAT}")
    return head


def shifted(snapshot: Snapshot, by: float) -> Snapshot:
    """Return a snapshot whose times are later by so many seconds: those of another clock."""
    traffic = snapshot.traffic
    components = {name: replace(each, at=each.at + by) for name, each in traffic.components.items()}
    return replace(
        snapshot,
        opened_at=snapshot.opened_at + by,
        ended_at=_later(snapshot.ended_at, by),
        draining_at=_later(snapshot.draining_at, by),
        stop_at=_later(snapshot.stop_at, by),
        registry=Registry({each.name: _shifted_component(each, by) for each in snapshot.registry}),
        traffic=replace(
            traffic,
            at=traffic.at + by,
            anyone_at=traffic.anyone_at + by,
            first_at=_later(traffic.first_at, by),
            components=components,
        ),
    )


def _shifted_component(component: Component, by: float) -> Component:
    at, settled = component.registered_at + by, _later(component.settled_at, by)
    return replace(component, registered_at=at, settled_at=settled)


def _later(time: float | None, by: float) -> float | None:
    return None if time is None else time + by


def _traffic(document: Mapping[str, Any]) -> Traffic:
    tallies = {name: Tally(**_known(Tally, each)) for name, each in document["components"].items()}
    return Traffic(**_known(Traffic, document) | {"components": tallies})


def _known(kind: type[Tally], document: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in document.items() if name in names}


def _content(lengths: list[tuple[str, int]], joined: bytes) -> list[Attributed]:
    frames, start = list[Attributed](), 0
    for component, length in lengths:
        frames.append((component, joined[start : start + length]))
        start += length
    return frames
