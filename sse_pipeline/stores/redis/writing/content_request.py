"""The request for the content of a stream: what its log holds of it, and what was dropped."""

from __future__ import annotations

from collections.abc import Sequence

from ....events.merging import Attributed, KeptFrames
from ....exceptions import StreamNotFound
from ...remote.store_request import Part, StoreContext, StoreRequest


class ContentRequest(StoreRequest[KeptFrames]):
    """Reads the frames that are content, some entries at a time.

    The last answer has what was dropped, too. Of that, what an earlier answer has brought is left
    out: it was dropped in the meantime.
    """

    def __init__(self, context: StoreContext, stream_id: str) -> None:
        super().__init__(context, stream_id)
        #: Where to go on, in the form of the log in Redis.
        self.after = "-"
        self._seen: set[bytes] = set()
        self._held: list[Attributed] = []

    def handle(self, answer: Sequence[Part]) -> ContentRequest | None:
        outcome, details = answer[0], answer[1:]
        if outcome == b"missing":
            self.forget_stream()
            self.fail(StreamNotFound.by_id(self.stream_id))
            return None
        entries, last, flags, cut, spilled = details
        for entry_id, pieces in entries:
            self._seen.add(entry_id)
            self._held += _attributed(pieces)
            self.after = f"({entry_id.decode()}"
        if outcome == b"more":
            return self
        dropped = [
            each
            for entry_id, *pieces in spilled
            if entry_id not in self._seen
            for each in _attributed(pieces)
        ]
        until = int(last) - (b"e" in flags)
        self.resolve(KeptFrames(until, dropped + self._held, cut == b"1"))
        return None


def _attributed(pieces: Sequence[bytes]) -> list[Attributed]:
    names, frames = pieces[::2], pieces[1::2]
    return [(name.decode(), frame) for name, frame in zip(names, frames, strict=True)]
