"""The commit: it replaces the snapshot of a stream and appends the frames that come with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...exceptions import StreamNotFound
from ...frames import Frame
from ...lifecycle.registry import Component, Registry, Status, source_of
from ...lifecycle.snapshot import Snapshot
from . import codec
from .store_request import Part, StoreContext, StoreRequest
from .stream_record import dump_snapshot


class CommitRequest(StoreRequest[Snapshot]):
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
        self.old, self.new = change
        super().__init__(context, self.new.stream_id)
        self.sequence = sequence
        self.frames, self.places = codec.join_uncounted(frames)
        self.count = len(frames)

    @property
    def record(self) -> bytes:
        """The record of the new snapshot."""
        return dump_snapshot(self.new)

    @property
    def changes_flags(self) -> bool:
        """Whether the commit changes a flag."""
        return codec.flag_letters(self.old) != codec.flag_letters(self.new)

    def pieces(self) -> list[bytes]:
        """Return the frames cut at the places of their counts."""
        ends = [at for at, _ in self.places]
        return [
            self.frames[start:stop] for start, stop in zip([0, *ends], [*ends, None], strict=True)
        ]

    def won(self, kept: Mapping[str, Any]) -> Sequence[Part]:
        """Return the answer to a commit that was done, when these fields were kept before it."""
        counts = [kept.get(codec.field_of(count), 0) for _, count in self.places]
        return b"won", kept.get("bytes", 0), kept.get("frames", 0), counts

    def claimed(self) -> list[str]:
        """Return the components that the process takes with the commit."""
        opened = [each for each in self._entering("pending") if each.claim_within is None]
        begun = [each for each in self.new.registry if self._is_begun(each)]
        mine = {each.source for each in opened if each.finalizer is None}
        return sorted(mine | {each.source for each in begun})

    def lost(self) -> list[str]:
        """Return the components, and attempts of them, that are given up with the commit."""
        lost = [each.source for each in self._entering(Status.LOST)]
        return lost + [
            source_of(each.name, known.attempt)
            for each in self.new.registry
            if (known := self.old.registry.get(each.name)) and known.attempt < each.attempt
        ]

    def life(self) -> float:
        """Return for how many seconds the stream is kept after this commit."""
        life = 0.0
        if not self.new.terminal:
            deadline = self.new.limits.deadline
            life = self.context.tuning.life_without_deadline if deadline is None else deadline
        return life + self.context.keep

    def handle(self, answer: Sequence[Part]) -> None:
        outcome = answer[0]
        if outcome == b"missing":
            self.forget_stream()
            self.fail(StreamNotFound.by_id(self.stream_id))
            return
        held = self.new
        if outcome == b"lost":
            held = codec.parse_hash(codec.as_mapping(answer[1]), self.context.is_lost)
        replica = self.context.replicas.update(held)
        if held is self.new:
            replica.sent_bytes = max(replica.sent_bytes, int(answer[1]))
            if held.terminal:
                self._take_counts(*answer[1:])
        self.resolve(held)

    def _take_counts(self, size: bytes, frames: bytes, counts: Sequence[bytes]) -> None:
        """Take over the counts of the end, of which the snapshot knew only those of its load."""
        traffic = self.new.traffic
        traffic.bytes, traffic.frames = int(size), int(frames)
        for (_, count), value in zip(self.places, counts, strict=True):
            setattr(traffic.tally_of(count.component), count.unit, int(value))

    def _is_begun(self, component: Component) -> bool:
        """Return whether an attempt of a component begins with the commit."""
        known = self.old.registry.get(component.name)
        began_at = component.began_at
        return began_at is not None and (known is None or known.began_at != began_at)

    def _entering(self, status: str) -> list[Component]:
        """Return the components that have a status now and had another one, or none, before."""
        before = self.old.registry if self.old.version else Registry()
        return [
            each
            for each in self.new.registry
            if each.status == status
            and ((known := before.get(each.name)) is None or known.status != status)
        ]
