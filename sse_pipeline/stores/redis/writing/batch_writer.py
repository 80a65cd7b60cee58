"""The one writer of a process: it sends what the queue holds, and repeats what was not answered.

Why one thread: everything that a process writes to a stream has to keep its order, and a pipeline
over one connection keeps it without a lock. It is faster as well: 56,000 `XADD` a second in
pipelines of 1,000, and 6,000 one by one.

What happens when an answer does not come: nobody knows whether the server executed the command.
The writer sends the same request again over a new connection, until it is answered. A repeat is
harmless, because a script compares the sequence number of the request with the last one that was
done for this process and answers like the first time. Entry ids are explicit, so that even a
script that broke off can't write an entry twice.

How long callers wait: after the patience the callers get `StoreUnavailable`, and their requests are
given up, except for frames. The store accepted those, so they stay until they are written or the
store is closed.

What fails, fails alone: whatever one answer raises is logged with its stream and given to its
callers, and the thread goes on. A fault that concerns no single request fails those that are under
way. The thread itself ends with the store only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from redis.exceptions import DataError, NoScriptError, RedisError

from ....escaping import make_logger
from ....exceptions import InvalidFrame, StoreUnavailable
from .. import futures, scripts
from ..background_thread import BackgroundThread
from ..backoff import Backoff
from ..connection import Client, ServerAnswer, check_command
from ..connection_slot import ConnectionSlot, ReconnectSignal
from ..failures import closed_error, is_from_replica, is_temporary, unavailable, unreadable
from ..server import Server
from ..server_clock import ServerClock
from .command_queue import CommandQueue, Item, QueueClosed
from .outage import Outage
from .room_waiters import RoomWaiters
from .script_request import ScriptRequest, StoreContext

logger = make_logger(__name__)


class BatchWriter:
    """Writes in a thread of its own. Any thread may call `put` and `room`.

    `take_lease` gets each new client before the first command: no claim without a lease.
    """

    def __init__(
        self,
        context: StoreContext,
        clock: ServerClock,
        server: Server,
        signal: ReconnectSignal,
        take_lease: Callable[[Client], None],
    ) -> None:
        tuning = context.tuning
        self._queue = CommandQueue(context)
        self._clock = clock
        self._take_lease = take_lease
        self._slot = ConnectionSlot(server, signal, self._prepare)
        self._thread = BackgroundThread("sse-writer", self._run)
        self._patience = tuning.patience
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause, tuning.patience)
        self._outage = Outage()
        queue, limit = self._queue, tuning.queue_bytes
        self._queue_bytes = limit
        self._waiters = RoomWaiters(lambda: queue.bytes < limit)
        #: The requests that were taken from the queue and are not finished.
        self._under_way: list[ScriptRequest[Any]] = []

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
                self._slot.drop()
                self._finish_all(StoreUnavailable(f"the store failed: {error!r}"))
            self._waiters.wake()
        self._slot.drop()

    def _write(self) -> None:
        """Send the requests that are under way until each is answered or given up."""
        self._backoff.reset()
        self._backoff.begin()  # the patience includes the time of the first attempt
        while self._under_way:
            try:
                answers = self._exchange(self._under_way)
            except (DataError, TypeError, ValueError):
                if not self._drop_malformed():
                    raise  # none of them is the cause: a fault of our own
                continue
            except RedisError as error:
                if not is_temporary(error):
                    raise
                answers = [error] * len(self._under_way)
            failure = self._handle_answers(answers)
            self._outage.note(failure)
            if failure is None:
                continue
            if self._backoff.expired:
                self._expire(failure)
            if self._backoff.pause(self._thread.stopped):
                self._finish_all(StoreUnavailable("the store was closed"))

    def _exchange(self, requests: Sequence[ScriptRequest[Any]]) -> list[ServerAnswer]:
        """Send requests in one pipeline; return the answers."""
        connection = self._slot.get()
        commands = [request.command() for request in requests]
        sent = time.monotonic()
        try:
            answers = connection.execute(commands)
        except RedisError:
            self._slot.drop()
            raise
        received = time.monotonic()
        for answer in answers:
            if not isinstance(answer, Exception):
                self._clock.adjust(float(answer[0]), sent, received)
                break
        return answers

    def _drop_malformed(self) -> bool:
        """Fail each request that can't be encoded, and no other; return whether there is one."""
        self._slot.drop()  # a cluster's client may have sent a part
        left = []
        for request in self._under_way:
            try:
                check_command(request.command())
            except (TypeError, ValueError) as error:
                logger.exception("stream %a: a request can't be encoded", request.stream_id)
                request.fail(InvalidFrame(f"a value of the stream can't be encoded: {error}"))
                self._queue.finish(request)
            else:
                left.append(request)
        found = len(left) < len(self._under_way)
        self._under_way = left
        return found

    def _prepare(self, client: Client) -> None:
        """Make a new server ready: it may lack the scripts and the lease."""
        for script in scripts.ALL:
            client.script_load(script.text)
        self._take_lease(client)

    def _handle_answers(self, answers: Sequence[ServerAnswer]) -> Exception | None:
        """Give each request its answer, and keep those to send next; return the last failure."""
        answered = list(zip(self._under_way, answers, strict=True))
        left: list[ScriptRequest[Any]] = []
        failure: Exception | None = None
        for request, answer in answered:
            if isinstance(answer, RedisError) and is_temporary(answer):
                failure = answer
            following = self._handle(request, answer)
            if following is None:
                self._queue.finish(request)
            else:
                left.append(following)
        self._under_way = left
        return failure

    def _handle(
        self, request: ScriptRequest[Any], answer: ServerAnswer
    ) -> ScriptRequest[Any] | None:
        """Give one request its answer; return the request to send next. Raise nothing."""
        if isinstance(answer, NoScriptError):
            self._slot.drop()  # the next connection loads the scripts
            return request
        if isinstance(answer, RedisError) and is_temporary(answer):
            if is_from_replica(answer):
                self._slot.drop()  # the address may lead to the new primary
            return request
        if isinstance(answer, Exception):
            logger.error("stream %s can't be written to: %s", request.stream_id, answer)
            request.fail(StoreUnavailable(str(answer)))
            return None
        try:
            return request.handle(answer[1:])
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

    def _give_up(self, error: StoreUnavailable, requests: Sequence[ScriptRequest[Any]]) -> None:
        self._waiters.fail(error)
        for request in requests:
            request.fail(error)
