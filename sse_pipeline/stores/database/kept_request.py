"""The request for the content of a stream, some batches at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...events.merging import Attributed, KeptFrames
from ...exceptions import StreamNotFound
from ..remote.store_request import Part, StoreContext, StoreRequest
from .content_ranges import content_of


class ContentBatch(NamedTuple):
    """What is kept of the content of a batch; `data` is empty if there is none."""

    number: int
    last: int
    ended: bool
    ranges: str
    data: bytes


class KeptRequest(StoreRequest[KeptFrames]):
    """Reads what the log has of the content, and what was dropped of it.

    A batch has the same number in both, so that one that is dropped between two answers is neither
    lost nor read twice.
    """

    def __init__(self, context: StoreContext, stream_id: str) -> None:
        super().__init__(context, stream_id)
        self.after = 0
        self._until = 0
        self._frames: list[Attributed] = []

    @property
    def page(self) -> int:
        """How many batches are read at a time."""
        return self.context.tuning.page_entries

    def handle(self, answer: Sequence[Part]) -> KeptRequest | None:
        cut, batches = answer
        if cut is None:
            self.forget_stream()
            self.fail(StreamNotFound.by_id(self.stream_id))
            return None
        for batch in batches:
            self._frames += content_of(batch.data, batch.ranges)
            self.after, self._until = batch.number, batch.last - batch.ended
        if len(batches) == self.page:
            return self
        self.resolve(KeptFrames(self._until, self._frames, cut))
        return None
