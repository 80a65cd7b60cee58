"""The link to Redis: each request is a call of a script, and all go out in one pipeline.

Entry ids are explicit, so that even a script that broke off can't write an entry twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import DataError, NoScriptError, RedisError

from ....escaping import make_logger
from ....exceptions import InvalidFrame, StoreUnavailable
from ...remote.link import Link, SendAgain
from ...remote.server_clock import ServerClock
from ...remote.store_request import Part, StoreRequest
from .. import scripts
from ..connection import Client, Command, ServerAnswer, check_command
from ..connection_slot import ConnectionSlot, ReconnectSignal
from ..failures import is_from_replica, is_temporary
from ..server import Server
from .commands import command_of

logger = make_logger(__name__)


class ScriptLink(Link):
    """Sends requests as scripts.

    `take_lease` gets each new client before the first command: no claim without a lease.
    """

    def __init__(
        self,
        server: Server,
        signal: ReconnectSignal,
        clock: ServerClock,
        take_lease: Callable[[Client], None],
    ) -> None:
        self._server = server
        self._clock = clock
        self._take_lease = take_lease
        self._slot = ConnectionSlot(server, signal, self._prepare)

    def exchange(self, requests: Sequence[StoreRequest[Any]]) -> list[Sequence[Part] | Exception]:
        try:
            return [self._judged(answer) for answer in self._execute(requests)]
        except (DataError, TypeError, ValueError):
            self.drop()  # a cluster's client may have sent a part
            if not (answers := self._without_malformed(requests)):
                raise
            return answers
        except RedisError as error:
            if not is_temporary(error):
                raise
            return [SendAgain(error)] * len(requests)

    def drop(self) -> None:
        self._slot.drop()

    def _execute(self, requests: Sequence[StoreRequest[Any]]) -> list[ServerAnswer]:
        connection = self._slot.get()
        commands = [self._command_of(request) for request in requests]
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

    def _judged(self, answer: ServerAnswer) -> Sequence[Part] | Exception:
        """Return an answer without its time, or the error for the callers."""
        if not isinstance(answer, Exception):
            return answer[1:]  # type: ignore[no-any-return]
        if isinstance(answer, NoScriptError):
            self._slot.drop()  # the next connection loads the scripts
            return SendAgain(None)
        if isinstance(answer, RedisError) and is_temporary(answer):
            if is_from_replica(answer):
                self._slot.drop()  # the address may lead to the new primary
            return SendAgain(answer)
        return StoreUnavailable(str(answer))

    def _without_malformed(self, requests: Sequence[StoreRequest[Any]]) -> list[Any]:
        """Answer each request that can't be encoded by an error; the others are sent again.

        Return nothing if none of them is the cause: then it is a fault of our own.
        """
        found = [self._complaint(request) for request in requests]
        return [each or SendAgain(None) for each in found] if any(found) else []

    def _complaint(self, request: StoreRequest[Any]) -> InvalidFrame | None:
        try:
            check_command(self._command_of(request))
        except (TypeError, ValueError) as error:
            logger.exception("stream %a: a request can't be encoded", request.stream_id)
            return InvalidFrame(f"a value of the stream can't be encoded: {error}")
        return None

    def _command_of(self, request: StoreRequest[Any]) -> Command:
        return command_of(request, self._server.publish_command)

    def _prepare(self, client: Client) -> None:
        """Make a new server ready: it may lack the scripts and the lease."""
        for script in scripts.ALL:
            client.script_load(script.text)
        self._take_lease(client)
