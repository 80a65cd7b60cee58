"""The link to a database: the appends of a round go out in one step, each other request alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ...exceptions import StoreUnavailable
from ..remote.append_request import AppendRequest
from ..remote.commit_request import CommitRequest
from ..remote.key_request import KeyRequest
from ..remote.link import Link, SendAgain
from ..remote.load_request import LoadRequest
from ..remote.server_clock import ServerClock
from ..remote.store_request import Part, StoreRequest
from .database_tuning import DatabaseTuning
from .engine import DatabaseEngine, Session
from .kept_request import KeptRequest
from .tail_request import TailRequest

Answers = list[Sequence[Part] | Exception]


class DatabaseLink(Link):
    """Sends requests over a session of the writer's own.

    `take_lease` gets each new session before the first request: no claim without a lease. `ring` is
    called with the streams to which this process has appended.
    """

    def __init__(
        self,
        engine: DatabaseEngine,
        clock: ServerClock,
        tuning: DatabaseTuning,
        *,
        take_lease: Callable[[Session], None],
        ring: Callable[[Sequence[str]], None],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._tuning = tuning
        self._take_lease = take_lease
        self._ring = ring
        self._session: Session | None = None
        self._next_at = 0.0
        self._pause = threading.Event()  # nobody sets it

    def exchange(self, requests: Sequence[StoreRequest[Any]]) -> Answers:
        answers: dict[int, Sequence[Part] | Exception] = {}
        appends = [each for each in requests if isinstance(each, AppendRequest)]
        if len(appends) == len(requests):  # nobody waits: let the batches grow
            self._pause.wait(max(0.0, self._next_at - time.monotonic()))
        began = time.monotonic()
        for append, answer in zip(appends, self._append(appends), strict=True):
            answers[id(append)] = answer
        for request in requests:
            if id(request) not in answers:
                answers[id(request)] = self._answer(request)
        self._set_pace(began)
        return [answers[id(request)] for request in requests]

    def drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _set_pace(self, began: float) -> None:
        now, tuning = time.monotonic(), self._tuning
        pause = max(tuning.batch_pause, tuning.batch_load * (now - began))
        self._next_at = began + min(pause, tuning.longest_batch_pause)

    def _append(self, requests: Sequence[AppendRequest]) -> Answers:
        """Append all batches in one step. If it is refused, find those that are to blame."""
        if not requests:
            return []
        try:
            answers = self._append_all(self._opened(), requests)
        except self._engine.failures as error:
            self.drop()
            return [SendAgain(error)] * len(requests)
        except Exception as error:  # noqa: BLE001 - one of the requests may be to blame
            self.drop()
            if len(requests) == 1:
                return [_refusal(error)]
            return [answer for each in requests for answer in self._append([each])]
        return [*answers]

    def _append_all(
        self, session: Session, requests: Sequence[AppendRequest]
    ) -> list[Sequence[Part]]:
        sent = time.monotonic()
        moment, answers = session.append(requests)
        self._clock.adjust(moment, sent, time.monotonic())
        self._ring([each.stream_id for each in requests])
        return answers

    def _answer(self, request: StoreRequest[Any]) -> Sequence[Part] | Exception:
        try:
            return self._ask(self._opened(), request)
        except self._engine.failures as error:
            self.drop()
            return SendAgain(error)
        except Exception as error:  # noqa: BLE001 - it is given to the callers
            self.drop()
            return _refusal(error)

    def _ask(self, session: Session, request: StoreRequest[Any]) -> Sequence[Part]:
        sent = time.monotonic()
        match request:
            case CommitRequest():
                moment, answer = session.commit(request)
                self._clock.adjust(moment, sent, time.monotonic())
                self._ring([request.stream_id])
                return answer
            case LoadRequest():
                row = session.load([request.stream_id]).get(request.stream_id)
                if row is not None:
                    self._clock.adjust(row.moment, sent, time.monotonic())
                return [row.fields() if row else {}]
            case TailRequest():
                row = session.load([request.stream_id]).get(request.stream_id)
                return [row, *session.tail(request.stream_id, request.most)]
            case KeptRequest():
                return session.content(request.stream_id, request.after, request.page)
            case KeyRequest():
                return [session.swap_key(request).encode()]
            case _:
                raise TypeError(f"{request!r} is no request of a database")

    def _opened(self) -> Session:
        if self._session is None:
            session = self._engine.open()
            try:
                self._take_lease(session)
            except BaseException:
                session.close()
                raise
            self._session = session
        return self._session


def _refusal(error: Exception) -> Exception:
    return StoreUnavailable(f"the database refuses it: {error}")
