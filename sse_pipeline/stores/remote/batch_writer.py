"""The one writer of a process: it sends what the queue holds, and repeats what was not answered.

Why one thread: everything that a process writes to a stream has to keep its order, and one
connection keeps it without a lock. It is faster as well: 56,000 `XADD` a second of Redis in
pipelines of 1,000, and 6,000 one by one.

What happens when an answer does not come: nobody knows whether the store did the step. The writer
sends the same request again over a new connection, until it is answered. A repeat is harmless,
because the store compares the sequence number of the request with the last one that was done for
this process and answers like the first time.

How long callers wait: after the patience the callers get `StoreUnavailable`, and their requests are
given up, except for frames. The store accepted those, so they stay until they are written or the
store is closed.

What fails, fails alone: whatever one answer raises is logged with its stream and given to its
callers, and the thread goes on. A fault that concerns no single request fails those that are under
way. The thread itself ends with the store only.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from ...escaping import make_logger
from ...exceptions import StoreUnavailable
from . import futures
from .background_thread import BackgroundThread
from .backoff import Backoff
from .command_queue import CommandQueue, Item, QueueClosed
from .link import Link, SendAgain
from .outage import Outage
from .room_waiters import RoomWaiters
from .store_request import Part, StoreContext, StoreRequest
from .unavailability import closed_error, unavailable, unreadable

logger = make_logger(__name__)


class BatchWriter:
    """Writes over a link, in a thread of its own. Any thread may call `put` and `room`."""

    def __init__(self, context: StoreContext, link: Link) -> None:
        tuning = context.tuning
        self._queue = CommandQueue(context)
        self._link = link
        self._thread = BackgroundThread("sse-writer", self._run)
        self._patience = tuning.patience
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause, tuning.patience)
        self._outage = Outage()
        queue, limit = self._queue, tuning.queue_bytes
        self._queue_bytes = limit
        self._waiters = RoomWaiters(lambda: queue.bytes < limit)
        #: The requests that were taken from the queue and are not finished.
        self._under_way: list[StoreRequest[Any]] = []

    def put(self, stream_id: str, item: Item) -> None:
        """Queue an item of a stream.

        Raises:
            StoreUnavailable: The store is closed.
        """
        try:
            self._queue.put(stream_id, item)
        except QueueClosed:
            raise closed_error() from None
        if not self._thread.started:
            self._thread.start()

    def room(self) -> Future[None] | None:
        """Return a future that resolves when frames can be queued; None if they can be now."""
        if self._queue.bytes < self._queue_bytes:  # for each frame, so without a further call
            return None
        return self._waiters.wait()

    def close(self, seconds: float) -> None:
        """Write what is left, for so many seconds at most, and end the thread.

        What is not written then is given up, and its callers get `StoreUnavailable`.
        """
        self._queue.close()
        self._thread.join(seconds)
        if not self._thread.is_current:
            self._thread.stop()
            self._thread.join()
        self._give_up(StoreUnavailable("the store was closed"), self._queue.drain())

    def _run(self) -> None:
        while not self._thread.stopped.is_set() and (taken := self._queue.take()) is not None:
            self._under_way = taken
            try:
                self._write()
            except Exception as error:
                logger.exception("the writer of the store failed once and goes on")
                self._link.drop()
                self._finish_all(StoreUnavailable(f"the store failed: {error!r}"))
            self._waiters.wake()
        self._link.drop()

    def _write(self) -> None:
        """Send the requests that are under way until each is answered or given up."""
        self._backoff.reset()
        self._backoff.begin()  # the patience includes the time of the first attempt
        while self._under_way:
            failure = self._handle_answers(self._link.exchange(self._under_way))
            self._outage.note(failure)
            if failure is None:
                continue
            if self._backoff.expired:
                self._expire(failure)
            if self._backoff.pause(self._thread.stopped):
                self._finish_all(StoreUnavailable("the store was closed"))

    def _handle_answers(self, answers: Sequence[Sequence[Part] | Exception]) -> Exception | None:
        """Give each request its answer, and keep those to send next; return the last failure."""
        answered = list(zip(self._under_way, answers, strict=True))
        left: list[StoreRequest[Any]] = []
        failure: Exception | None = None
        for request, answer in answered:
            if isinstance(answer, SendAgain):
                failure = answer.failure or failure
            following = self._handle(request, answer)
            if following is None:
                self._queue.finish(request)
            else:
                left.append(following)
        self._under_way = left
        return failure

    def _handle(
        self, request: StoreRequest[Any], answer: Sequence[Part] | Exception
    ) -> StoreRequest[Any] | None:
        """Give one request its answer; return the request to send next. Raise nothing."""
        if isinstance(answer, SendAgain):
            return request
        if isinstance(answer, Exception):
            logger.error("stream %s can't be written to: %s", request.stream_id, answer)
            request.fail(answer)
            return None
        try:
            return request.handle(answer)
        except Exception as error:
            logger.exception("stream %s: an answer can't be handled", request.stream_id)
            request.fail(unreadable(request.stream_id, error))
            return None

    def _expire(self, error: Exception) -> None:
        """Fail all callers that wait; the requests that go on without them are those of frames."""
        told = unavailable(self._patience, error)
        self._waiters.fail(told)
        waiting = [future for request in self._under_way for future in request.futures]
        futures.fail([*waiting, *self._queue.withdraw()], told)
        for request in self._under_way:
            if not request.outlives_callers:
                self._queue.finish(request)
        self._under_way = [each for each in self._under_way if each.outlives_callers]

    def _finish_all(self, error: StoreUnavailable) -> None:
        """Give up what is under way."""
        given_up, self._under_way = self._under_way, []
        self._give_up(error, given_up)
        for request in given_up:
            self._queue.finish(request)

    def _give_up(self, error: StoreUnavailable, requests: Sequence[StoreRequest[Any]]) -> None:
        self._waiters.fail(error)
        for request in requests:
            request.fail(error)
