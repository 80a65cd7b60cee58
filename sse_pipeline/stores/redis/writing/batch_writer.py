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

A failure of the thread itself (a fault in the code) fails all callers, now and later. It never
leaves them waiting.
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
from ..failures import closed_error, is_from_replica, is_temporary, unavailable
from ..server import Server
from ..server_clock import ServerClock
from .bell_ringer import BellRinger
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
        self._ringer = BellRinger(server, tuning)
        self._slot = ConnectionSlot(server, signal, self._prepare)
        self._thread = BackgroundThread("sse-writer", self._run)
        self._patience = tuning.patience
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause, tuning.patience)
        self._outage = Outage()
        queue, limit = self._queue, tuning.queue_bytes
        self._queue_bytes = limit
        self._waiters = RoomWaiters(lambda: queue.bytes < limit)
        self._failure: BaseException | None = None

    def put(self, stream_id: str, item: Item) -> None:
        """Queue an item of a stream.

        Raises:
            StoreUnavailable: The store is closed, or the writer has failed.
        """
        try:
            self._queue.put(stream_id, item)
        except QueueClosed:
            raise closed_error(self._failure) from self._failure
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
        requests: list[ScriptRequest[Any]] = []
        try:
            while not self._thread.stopped.is_set() and (requests := self._queue.take()):
                self._write(requests)
                self._waiters.wake()
        except BaseException as error:
            if not self._thread.stopped.is_set():
                logger.critical("the writer of the store failed", exc_info=error)
            self._failure = error  # first: a caller that finds the queue closed reads it
            self._give_up(StoreUnavailable(repr(error)), [*requests, *self._queue.drain()])
        finally:
            self._slot.drop()

    def _write(self, requests: list[ScriptRequest[Any]]) -> None:
        """Send requests until each is answered or given up."""
        self._backoff.reset()
        self._backoff.begin()  # the patience includes the time of the first attempt
        while requests:
            try:
                answers = self._exchange(requests)
            except (DataError, TypeError, ValueError):
                left = self._without_malformed(requests)
                if len(left) == len(requests):
                    raise  # none of them is the cause: a fault of our own
                requests = left
                continue
            except RedisError as error:
                if not is_temporary(error):
                    raise
                answers = [error] * len(requests)
            requests, failure = self._handle_answers(requests, answers)
            self._outage.note(failure)
            if failure is None:
                continue
            if self._backoff.expired:
                requests = self._expire(requests, failure)
            if self._backoff.pause(self._thread.stopped):
                self._give_up(StoreUnavailable("the store was closed"), requests)
                for request in requests:
                    self._queue.finish(request)
                return

    def _exchange(self, requests: Sequence[ScriptRequest[Any]]) -> list[ServerAnswer]:
        """Send requests and rings in one pipeline; return the answers to the requests."""
        connection = self._slot.get()
        commands = [request.command() for request in requests]
        commands += self._ringer.commands(requests)
        sent = time.monotonic()
        try:
            answers = connection.execute(commands)
        except RedisError:
            self._slot.drop()
            raise
        received = time.monotonic()
        answers = answers[: len(requests)]  # a ring that was refused costs a moment only
        for answer in answers:
            if not isinstance(answer, Exception):
                self._clock.adjust(float(answer[0]), sent, received)
                break
        return answers

    def _without_malformed(self, requests: list[ScriptRequest[Any]]) -> list[ScriptRequest[Any]]:
        """Fail each request that can't be encoded, and nothing else; return the others."""
        self._slot.drop()  # a cluster's client may have sent a part
        left = []
        for request in requests:
            try:
                check_command(request.command())
            except (TypeError, ValueError) as error:
                logger.exception("stream %a: a request can't be encoded", request.stream_id)
                request.fail(InvalidFrame(f"a value of the stream can't be encoded: {error}"))
                self._queue.finish(request)
            else:
                left.append(request)
        return left

    def _prepare(self, client: Client) -> None:
        """Make a new server ready: it may lack the scripts, the lease and the bells."""
        for script in scripts.ALL:
            client.script_load(script.text)
        self._take_lease(client)
        self._ringer.forget()

    def _handle_answers(
        self, requests: Sequence[ScriptRequest[Any]], answers: Sequence[ServerAnswer]
    ) -> tuple[list[ScriptRequest[Any]], Exception | None]:
        """Give each request its answer; return the requests to send next, and the last failure."""
        left: list[ScriptRequest[Any]] = []
        failure: Exception | None = None
        for request, answer in zip(requests, answers, strict=True):
            following: ScriptRequest[Any] | None = None
            if isinstance(answer, NoScriptError):
                self._slot.drop()  # the next connection loads the scripts
                following = request
            elif isinstance(answer, RedisError) and is_temporary(answer):
                following, failure = request, answer
                if is_from_replica(answer):
                    self._slot.drop()  # the address may lead to the new primary
            elif isinstance(answer, Exception):
                logger.error("stream %s can't be written to: %s", request.stream_id, answer)
                request.fail(StoreUnavailable(str(answer)))
            else:
                following = request.handle(answer[1:])
            if following is None:
                self._queue.finish(request)
            else:
                left.append(following)
        return left, failure

    def _expire(
        self, requests: list[ScriptRequest[Any]], error: Exception
    ) -> list[ScriptRequest[Any]]:
        """Fail all callers that wait; return the requests that go on without them: frames."""
        told = unavailable(self._patience, error)
        self._waiters.fail(told)
        waiting = [future for request in requests for future in request.futures]
        futures.fail([*waiting, *self._queue.withdraw()], told)
        for request in requests:
            if not request.outlives_callers:
                self._queue.finish(request)
        return [request for request in requests if request.outlives_callers]

    def _give_up(self, error: StoreUnavailable, requests: Sequence[ScriptRequest[Any]]) -> None:
        self._waiters.fail(error)
        for request in requests:
            request.fail(error)
