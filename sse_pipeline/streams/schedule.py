"""A schedule: the streams by the time at which each is to be checked."""

import heapq
import math


class Schedule:
    """Times by stream: the earliest of each stream counts. Not thread-safe.

    A stream that is rescheduled leaves its old entry in the heap: to find it would cost more than
    to pass it over later. When the entries outnumber the streams, the heap is made anew.
    """

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        """Return the number of streams."""
        return len(self._due)

    def __contains__(self, stream_id: str) -> bool:
        """Return whether a stream is to be checked."""
        return stream_id in self._due

    @property
    def entries(self) -> int:
        """The number of entries that the heap holds, old ones included."""
        return len(self._heap)

    @property
    def next_due(self) -> float | None:
        """The time of the first entry; None if there is none."""
        return self._heap[0][0] if self._heap else None

    def put(self, stream_id: str, due: float) -> bool:
        """Schedule a stream, or drop it if `due` is infinity. Return whether it comes first now."""
        if due == math.inf:
            self._due.pop(stream_id, None)
            if len(self._heap) > 2 * len(self._due) + 1000:
                self._heap = [(at, each) for each, at in self._due.items()]
                heapq.heapify(self._heap)
            return False
        if due >= self._due.get(stream_id, math.inf):
            return False
        self._due[stream_id] = due
        heapq.heappush(self._heap, (due, stream_id))
        return self._heap[0][1] == stream_id

    def pop(self, now: float) -> str | None:
        """Take a stream that is due at `now`; None if no stream is due."""
        while self._heap:
            due, stream_id = self._heap[0]
            current = self._due.get(stream_id) == due
            if current and due > now:
                return None
            heapq.heappop(self._heap)
            if current:
                del self._due[stream_id]
                return stream_id
        return None
