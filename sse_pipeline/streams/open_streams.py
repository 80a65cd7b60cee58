"""The streams that this process has opened, and their bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..exceptions import StoreUnavailable
from ..lifecycle.snapshot import Snapshot
from .occupancy import Occupancy, Seat
from .plans import Plan

T = TypeVar("T")


class OpenStreams:
    """Counts the streams that this process has opened and that have not ended, as far as it knows.

    `look` asks the store whether a stream is open, soon and in another thread; it calls `leave` if
    it is not. On a shared store another process may end a stream: the watchdog finds that within a
    lease.
    """

    def __init__(self, look: Callable[[str], None]) -> None:
        self._look = look
        self._occupancy = Occupancy("streams")
        # Changed by single operations on the dict, which are atomic: no lock is needed.
        self._places: dict[str, Seat] = {}

    def __len__(self) -> int:
        """Return their number."""
        return len(self._places)

    def opening(self, draft: Snapshot, commit: Plan[T]) -> Plan[T]:
        """Run the commit that opens a stream.

        Raises:
            TooManyOpen: This process or the owner has `STREAMS` or `OWNER_STREAMS` open.
        """
        self._enter(draft)
        try:
            return (yield from commit)
        except StoreUnavailable:
            self._look(draft.stream_id)  # it may be open
            raise
        except Exception:
            self.leave(draft.stream_id)
            raise
        except BaseException:  # the caller is cancelled, and the store goes on
            self._look(draft.stream_id)
            raise

    def leave(self, stream_id: str) -> None:
        """Count a stream no more."""
        place = self._places.pop(stream_id, None)
        if place is not None:
            place.leave()

    def _enter(self, draft: Snapshot) -> None:
        if draft.stream_id in self._places:
            return
        place = self._occupancy.enter({"STREAMS": "", "OWNER_STREAMS": draft.owner})
        # `setdefault`: two threads may open the stream of one handler.
        if self._places.setdefault(draft.stream_id, place) is not place:
            place.leave()
