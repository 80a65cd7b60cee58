"""The commit: it replaces the snapshot of a stream and appends the frames that come with it."""

from __future__ import annotations

from collections.abc import Sequence

from ....events.merging import content_events
from ....exceptions import StreamNotFound
from ....frames import Frame
from ....lifecycle.registry import Component, Registry, Status
from ....lifecycle.snapshot import Snapshot
from .. import codec, keys
from ..connection import Command, ServerAnswer
from ..scripts import COMMIT
from ..stream_record import dump_snapshot
from .script_request import ScriptRequest, StoreContext


class CommitRequest(ScriptRequest[Snapshot]):
    """Replaces `change[0]` by `change[1]`, if the server still holds the first.

    The result is the snapshot that holds then. It is `change[1]` itself if the commit won: callers
    compare by identity. The sequence number makes a repeat harmless: the server answers a commit
    that was done with `won` again.
    """

    def __init__(
        self,
        context: StoreContext,
        sequence: int,
        change: tuple[Snapshot, Snapshot],
        frames: Sequence[Frame],
    ) -> None:
        self._old, self._new = change
        super().__init__(context, self._new.stream_id)
        self._sequence = sequence
        self._frames, self._places = codec.join_uncounted(frames)
        self._count = len(frames)

    def command(self) -> Command:
        claimed = [each.name for each in self._entering("pending") if each.claim_within is None]
        lost = [each.name for each in self._entering(Status.LOST)]
        counts = [part for at, count in self._places for part in (at, codec.field_of(count))]
        return COMMIT.command(
            self.keys,
            self.context.process, self._sequence, self._old.version, self._new.version,
            dump_snapshot(self._new), self._frames, self._count,
            codec.flag_letters(self._new), self.context.held_bytes, self._life(),
            self.context.publish_command(), keys.batches(self.stream_id), self._flags_channel(),
            self.context.content_bytes, self._content_events(),
            len(self._places), *counts, len(claimed), *claimed, *lost,
        )  # fmt: skip

    def handle(self, answer: Sequence[ServerAnswer]) -> None:
        outcome = answer[0]
        if outcome == b"missing":
            self.forget_stream()
            self.fail(StreamNotFound.by_id(self.stream_id))
            return
        held = self._new
        if outcome == b"lost":
            held = codec.parse_hash(codec.as_mapping(answer[1]), self.context.is_lost)
        replica = self.context.replicas.update(held)
        if held is self._new:
            replica.sent_bytes = max(replica.sent_bytes, int(answer[1]))
            if held.terminal:
                self._take_counts(*answer[1:])
        self.resolve(held)

    def _take_counts(self, size: bytes, frames: bytes, counts: Sequence[bytes]) -> None:
        """Take over the counts of the end, of which the snapshot knew only those of its load."""
        traffic = self._new.traffic
        traffic.bytes, traffic.frames = int(size), int(frames)
        for (_, count), value in zip(self._places, counts, strict=True):
            setattr(traffic.tally_of(count.component), count.unit, int(value))

    def _entering(self, status: str) -> list[Component]:
        """Return the components that have a status now and had another one, or none, before."""
        before = self._old.registry if self._old.version else Registry()
        return [
            each
            for each in self._new.registry
            if each.status == status
            and ((known := before.get(each.name)) is None or known.status != status)
        ]

    def _flags_channel(self) -> str:
        """Return the channel to which the commit publishes its flags; empty for none."""
        changes = codec.flag_letters(self._old) != codec.flag_letters(self._new)
        return keys.flags(self.stream_id) if changes else ""

    def _content_events(self) -> str:
        """Return the events that are content, which the commit that opens the stream keeps."""
        return "" if self._old.version else codec.join_names(content_events())

    def _life(self) -> int:
        """Return for how many milliseconds the stream is kept after this commit."""
        life = 0.0
        if not self._new.terminal:
            deadline = self._new.limits.deadline
            life = self.context.tuning.life_without_deadline if deadline is None else deadline
        return max(1, round(1000 * (life + self.context.keep)))
