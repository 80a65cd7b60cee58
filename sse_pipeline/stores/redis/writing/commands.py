"""The commands of the requests: which script each calls, with which arguments."""

from __future__ import annotations

from typing import Any

from ....events.merging import content_events
from ...remote import codec
from ...remote.append_request import AppendRequest
from ...remote.commit_request import CommitRequest
from ...remote.key_request import KeyRequest
from ...remote.load_request import LoadRequest
from ...remote.store_request import StoreRequest
from .. import keys, scripts
from ..connection import Command
from .content_request import ContentRequest
from .inspect_request import InspectRequest


def command_of(request: StoreRequest[Any], publish_command: str) -> Command:
    """Return the command to send; `publish_command` is that of the server.

    Raises:
        TypeError: No script does what is asked.
    """
    names = (
        keys.state(request.stream_id), keys.log(request.stream_id), keys.spill(request.stream_id)
    )  # fmt: skip
    match request:
        case AppendRequest():
            return scripts.APPEND.command(names, *_append(request, publish_command))
        case CommitRequest():
            return scripts.COMMIT.command(names, *_commit(request, publish_command))
        case LoadRequest():
            return scripts.LOAD.command(names[:1])
        case InspectRequest():
            return scripts.INSPECT.command(names, request.most)
        case ContentRequest():
            events = codec.join_names(content_events())
            most = request.context.tuning.page_entries
            return scripts.CONTENT.command(names, request.after, most, events)
        case KeyRequest():
            life = max(1, round(1000 * request.life))
            return scripts.KEY.command((keys.named(request.key),), request.old, request.new, life)
        case _:
            raise TypeError(f"{request!r} has no command")


def _append(request: AppendRequest, publish_command: str) -> Command:
    details = [
        part
        for name, count in request.counts().items()
        for part in (name, count.frames, count.bytes, count.note)
    ]
    context = request.context
    return (
        context.process, request.sequence, codec.join_batch(request.frames),
        len(request.frames), context.held_bytes, round(1000 * request.life_to_renew()),
        publish_command, keys.batches(request.stream_id),
        codec.join_components(request.frames), context.content_bytes, *details,
    )  # fmt: skip


def _commit(request: CommitRequest, publish_command: str) -> Command:
    counts = [part for at, count in request.places for part in (at, codec.field_of(count))]
    claimed, context = request.claimed(), request.context
    channel = keys.flags(request.stream_id) if request.changes_flags else ""
    # The commit that opens the stream keeps which events are content.
    content = "" if request.old.version else codec.join_names(content_events())
    return (
        context.process, request.sequence, request.old.version, request.new.version,
        request.record, request.frames, request.count, codec.flag_letters(request.new),
        context.held_bytes, max(1, round(1000 * request.life())),
        publish_command, keys.batches(request.stream_id), channel,
        context.content_bytes, content,
        len(request.places), *counts, len(claimed), *claimed, *request.lost(),
    )  # fmt: skip
