"""What waits to be written: in the order of its coming for each stream, in batches."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

from .append import Append
from .operations import Operation, Process, Sign


class Request(NamedTuple):
    """An operation to be made, given its sequence number, and the future of its outcome."""

    make: Callable[[int], Operation]
    future: Future[Any]


#: The most that one operation appends, and how many operations are under way at once.
BATCH_BYTES = 64 * 1024
BATCH_FRAMES = 512
OPERATIONS = 256
#: Seconds between two batches that nobody waits for: a write costs as much as many frames.
PACE = 0.0014


class Closed(Exception):
    """Raised to who puts something into a lane that is served no more."""


class Lanes:
    """A lane for each stream; of each lane one operation is under way at a time.

    So a repeat has one first outcome to be told of, and a completion never overtakes its frames.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._turn = threading.Condition()
        self._lanes: dict[str, deque[Sign | Request]] = {}
        self._ready: deque[str] = deque()
        self._sequence = 0
        self._awaited = 0  # how many items someone waits for
        self._idle = False  # whether the one who takes waits for anything to come
        self._taken_at = 0.0
        self._closed = False
        self.bytes = 0

    def put(self, stream_id: str, item: Sign | Request) -> None:
        """Add what is to be done for a stream. Raises `Closed`."""
        with self._turn:
            if self._closed:
                raise Closed
            lane = self._lanes.get(stream_id)
            if lane is None:
                lane = self._lanes[stream_id] = deque()
                self._ready.append(stream_id)
            lane.append(item)
            if isinstance(item, Sign):
                self.bytes += item.size
            if item.future is not None:
                self._awaited += 1
            if self._idle or self._is_urgent():
                self._turn.notify()

    def take(self) -> list[Operation]:
        """Wait for operations, and return some; none where they are closed and empty."""
        with self._turn:
            self._idle = True
            while not self._ready and not (self._closed and not self._lanes):
                self._turn.wait()
            self._idle = False
            self._gather()
            count = min(len(self._ready), OPERATIONS)
            return [self._next(self._ready.popleft()) for _ in range(count)]

    def _gather(self) -> None:
        """Let more come, where something was taken just now and nothing is urgent."""
        while (left := self._taken_at + PACE - time.monotonic()) > 0 and not self._is_urgent():
            self._turn.wait(left)
        self._taken_at = time.monotonic()

    def _is_urgent(self) -> bool:
        """Tell whether someone waits, or there is a batch already."""
        return self._closed or self._awaited > 0 or self.bytes > BATCH_BYTES

    def done(self, operation: Operation) -> None:
        """Let the next operation of a stream come."""
        with self._turn:
            stream_id = operation.stream_id
            if self._lanes[stream_id]:
                self._ready.append(stream_id)
            else:
                del self._lanes[stream_id]

    def close(self) -> None:
        """Take nothing more; what is there is still to be done."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    def withdraw(self) -> list[Future[Any]]:
        """Take back what is waited for and was not begun; return the futures."""
        with self._turn:
            futures, self._awaited = [], 0
            for lane in self._lanes.values():
                futures += [item.future for item in lane if isinstance(item, Request)]
                signs = [item for item in lane if isinstance(item, Sign)]
                lane.clear()
                lane.extend(signs)
                self._awaited += sum(sign.future is not None for sign in signs)
            idle = [stream_id for stream_id in self._ready if not self._lanes[stream_id]]
            for stream_id in idle:
                self._ready.remove(stream_id)
                del self._lanes[stream_id]
            return futures

    def clear(self) -> list[Operation]:
        """Close, and return all that was not begun."""
        self.close()
        with self._turn:
            left = []
            for stream_id, lane in self._lanes.items():
                while lane:
                    left.append(self._next(stream_id))
            self._lanes.clear()
            self._ready.clear()
            return left

    def _next(self, stream_id: str) -> Operation:
        lane = self._lanes[stream_id]
        self._sequence += 1
        head = lane.popleft()
        self._awaited -= head.future is not None
        if not isinstance(head, Sign):
            operation = head.make(self._sequence)
            operation.futures = [head.future]
            return operation
        signs, size = [head], head.size
        while lane and isinstance(sign := lane[0], Sign) and len(signs) < BATCH_FRAMES:
            size += sign.size
            if size > BATCH_BYTES:
                size -= sign.size
                break
            signs.append(sign)
            lane.popleft()
            self._awaited -= sign.future is not None
        self.bytes -= size
        return Append(self._process, self._sequence, stream_id, signs)
