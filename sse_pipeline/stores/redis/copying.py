"""Copying: what a stream has got beyond its copy in this process is read, and filled in."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from ...exceptions import StoreUnavailable, StreamNotFound
from . import keys
from .connection import passes
from .copies import Copies, Copy, Entries, Filling
from .line import Command, Line

logger = logging.getLogger(__name__)

#: How many entries of a stream are read at once, at most.
PAGE = 1000


@dataclass(slots=True)
class Wanted:
    """A stream that is to be copied: for whom, and whether its state is looked at as well."""

    futures: list[Future[Copy]] = field(default_factory=list)
    whole: bool = False

    def fail(self, error: Exception) -> None:
        """Tell those who still wait."""
        for future in self.futures:
            if not future.done():
                future.set_exception(error)


class Asked(NamedTuple):
    """What was asked for, and whether the stream was known then: it may have been opened since."""

    copy: Copy
    filling: Filling | None
    whole: bool
    known: bool


class Copier:
    """Brings copies up to date; several may be at the same one, and each frame is taken once."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._page = PAGE

    def copy(self, line: Line, wanted: Mapping[str, Wanted]) -> None:
        """Read page after page of what follows in each stream; tell those who wait at its end.

        Raises `RedisError`; what is not told then is to be asked for again.
        """
        try:
            self._copy(line, wanted)
        except BaseException:
            self._page = max(1, self._page // 4)  # what can't be had at once may be in pieces
            raise
        self._page = min(2 * self._page, PAGE)

    def _copy(self, line: Line, wanted: Mapping[str, Wanted]) -> None:
        left = [copy for each in wanted if (copy := self._copies.find(each)) is not None]
        while left:
            commands: list[Command] = []
            asked = [_ask(commands, copy, self._page, wanted[copy.stream_id]) for copy in left]
            answers = iter(line.exchange(commands))
            left = []
            for copy, filling, whole, known in asked:
                state = next(answers) if whole else None
                entries: Any = next(answers) if filling is not None else ()
                if error := _refusal(state, entries):
                    _give_up(copy, error, wanted[copy.stream_id])
                elif filling is not None and self._fill(filling, entries, state):
                    left.append(copy)
                elif state is not None:
                    _settle(copy, known, state, wanted[copy.stream_id])
                elif filling is not None:
                    copy.tell(filling.log.cancelled, filling.log.ended)
        for each in wanted.values():  # of those that were let go of meanwhile
            each.fail(StreamNotFound("the stream is not followed any more"))

    def _fill(self, filling: Filling, entries: Entries, state: Sequence[Any] | None) -> bool:
        """Take what came of a stream; tell whether there may be more."""
        return filling.fill(entries, state[2] if state else None) == self._page


def _ask(commands: list[Command], copy: Copy, page: int, wanted: Wanted) -> Asked:
    """Ask for what follows, and for the state only where the entries do not tell it."""
    filling = copy.filling
    whole = filling is None or filling.place == (0, 0) or wanted.whole or bool(wanted.futures)
    if whole:
        commands.append(("HMGET", keys.state(copy.stream_id), "version", "flags", "first"))
    if filling is not None:
        last, version = filling.place
        after = f"({last}-{version}"
        commands.append(("XRANGE", keys.log(copy.stream_id), after, "+", "COUNT", page))
    return Asked(copy, filling, whole, copy.known)


def _settle(copy: Copy, known: bool, state: Sequence[bytes | None], wanted: Wanted) -> None:
    """Tell what the stream is like to all who wait for it or its flags."""
    if state[0] is None:
        wanted.fail(StreamNotFound(f"stream {copy.stream_id} never was, or is forgotten"))
        if known:
            copy.tell(cancelled=False, ended=True)
        return
    copy.known = True
    flags = state[1] or b""
    copy.tell(b"c" in flags, b"e" in flags)
    for future in wanted.futures:
        if not future.done():
            future.set_result(copy)


def _refusal(*answers: object) -> RedisError | None:
    """Return the error that is among the answers; raise one that passes."""
    for answer in answers:
        if isinstance(answer, RedisError):
            if passes(answer):
                raise answer
            return answer
    return None


def _give_up(copy: Copy, error: RedisError, wanted: Wanted) -> None:
    """Tell those who wait for a stream that it can't be read, which is no other's fault."""
    logger.error(
        "stream %s can't be read: %s", copy.stream_id, error, extra={"stream_id": copy.stream_id}
    )
    wanted.fail(StoreUnavailable(f"stream {copy.stream_id} can't be read: {error}"))
