"""The recheck: a reader whose right is gone is let go, and gets 404 when it comes back."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator

from django.db import close_old_connections

from .. import conf
from ..escaping import make_logger
from .rights import Right

logger = make_logger(__name__)


class Answers:
    """The answers to the question for one right: whether its reader may stay.

    A reader whose right can't be asked for, such as when the database is away, stays until there is
    an answer: an outage must not end every stream of the site. The log says so once.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._failed = False

    def may_stay(self, answer: bool | Exception) -> bool:
        """Take an answer, or the error in the place of one."""
        failed, self._failed = self._failed, isinstance(answer, Exception)
        if isinstance(answer, Exception):
            if not failed:
                sentence = "%s: the right of a reader can't be asked for, so that the reader stays"
                logger.warning(sentence, self._path, exc_info=answer)
            return True
        if not answer:
            logger.info("%s: a reader is let go: it may read the stream no longer", self._path)
        return answer


class LoopRecheck:
    """Asks for a right once in each interval, in an event loop, and calls `close` when it is gone.

    It is a context. Between two questions it is a timer, and nothing else.
    """

    def __init__(self, right: Right | None, close: Callable[[], None]) -> None:
        settings = conf.get()
        self._right = right if settings.RECHECK else None
        self._close = close
        self._interval = settings.RECHECK or 0.0
        self._timeout = settings.RECHECK_TIMEOUT
        self._timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        if self._right is not None:
            self._arm(self._right, Answers(self._right.path))

    def __exit__(self, *_: object) -> None:
        for each in (self._timer, self._asking):
            if each is not None:
                each.cancel()

    def _arm(self, right: Right, answers: Answers) -> None:
        loop = asyncio.get_running_loop()
        # Not at one moment for all readers: they came back together when their server started.
        delay = self._interval * random.uniform(0.5, 1)  # noqa: S311 - it spreads, and hides nothing
        self._timer = loop.call_later(delay, self._begin, right, answers)

    def _begin(self, right: Right, answers: Answers) -> None:
        self._asking = asyncio.get_running_loop().create_task(self._ask(right, answers))

    async def _ask(self, right: Right, answers: Answers) -> None:
        answer: bool | Exception
        try:
            answer = await right.aholds(self._timeout)
        except Exception as error:  # noqa: BLE001 - code of the site, and its database
            answer = error
        if answers.may_stay(answer):
            self._arm(right, answers)
        else:
            self._close()


class ThreadRecheck:
    """Asks for a right at each interval, in the thread that reads."""

    def __init__(self, right: Right | None) -> None:
        interval = conf.get().RECHECK
        self._right = right if interval else None
        # By half: the last chunk may come just before the time to ask, and the next one only after
        # a whole `silence`.
        self._interval = (interval or 0.0) / 2

    def silence(self, heartbeat: float | None) -> float | None:
        """Return the heartbeat with which a reader yields often enough to be asked about."""
        if self._right is None:
            return heartbeat
        return self._interval if heartbeat is None else min(heartbeat, self._interval)

    def allowed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the chunks of a reader until the right is gone."""
        if self._right is None:
            yield from chunks
            return
        answers, asked = Answers(self._right.path), time.monotonic()
        for chunk in chunks:
            if time.monotonic() - asked >= self._interval:
                if not answers.may_stay(_ask(self._right)):
                    return
                asked = time.monotonic()
            yield chunk


def _ask(right: Right) -> bool | Exception:
    close_old_connections()
    try:
        return right.holds()
    except Exception as error:  # noqa: BLE001 - as above
        return error
    finally:
        # A connection must not stay open for as long as the stream is read.
        close_old_connections()
