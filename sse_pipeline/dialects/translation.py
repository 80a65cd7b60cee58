"""The translation of a log into a dialect, which the readers of that dialect share.

A translation follows a log frame by frame, and holds for each frame the bytes of its events, under
the id of the frame. So a frame is translated once in a process, for any number of readers, and they
share joined bytes as native readers do. It lives as long as it has readers.
"""

from __future__ import annotations

import os
import threading
from array import array
from bisect import bisect_left
from typing import ClassVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from .. import conf, frames
from ..escaping import make_logger
from ..stores.log import Log
from .base import Breach, Dialect

logger = make_logger(__name__)

_TERMINAL = frozenset({"complete", "errored"})


class TranslatedLog(Log):
    """A log of translated frames. A body has its ids already, if its dialect knows ids."""

    __slots__ = ()

    @staticmethod
    def _frame_of(number: int, body: bytes) -> bytes:
        return body


class Translation:
    """A log in one dialect. Any thread may use it.

    It holds at most `HELD_BYTES`, as the log itself does.
    """

    def __init__(self, source: Log, dialect: Dialect, stream_id: str) -> None:
        self.source = source
        self.dialect = dialect
        self.log = TranslatedLog(conf.get().HELD_BYTES)
        #: Why the translation can't go on; None while it can.
        self.failure: Breach | None = None
        #: Whether the terminal frame was translated.
        self.finished = False
        self._stream_id = stream_id
        self._encoder = dialect.encoder(stream_id)
        #: Guards the encoder, and all fields that change: one thread translates at a time. It is
        #: taken before the lock of a log.
        self._advancing = threading.Lock()
        #: For each frame the number of events up to its end.
        self._counts = array("Q")

    @property
    def is_current(self) -> bool:
        """Whether every frame that can be translated is."""
        return self.failure is not None or self.log.last >= self.source.last

    def advance(self, limit: int) -> None:
        """Translate frames that follow: about `limit` bytes, so that the event loop gets turns."""
        self.log.readers = self.source.readers
        if self.is_current:
            return
        with self._advancing:
            taken = self.source.take(self.log.last, limit)
            if self.failure is not None or taken.last < taken.first:
                return
            if taken.first > self.log.last + 1:
                self.failure = Breach.GAP  # what the encoder knows of the stream is not enough
                return
            self._translate(taken.data)

    def count(self, number: int) -> int:
        """Return the number of events up to the end of a frame."""
        return self._counts[number - 1] if number else 0

    def frame_of(self, event: int) -> int | None:
        """Return the id of the frame that has an event; None if there is no such event yet."""
        index = bisect_left(self._counts, event)
        return index + 1 if index < len(self._counts) else None

    def _translate(self, joined: bytes) -> None:
        bodies, total = list[bytes](), self.count(self.log.last)
        try:
            for frame in frames.decode(joined):
                # An archived stream may lack its audio: the ids of those frames are not used.
                for _ in range(frame.number - self.log.last - len(bodies) - 1):
                    self._counts.append(total)
                    bodies.append(b"")
                events = tuple(self._encoder.encode(frame))
                total += len(events)
                self._counts.append(total)
                bodies.append(b"".join(events))
                self.finished = frame.event in _TERMINAL
        except Exception:
            logger.exception(
                "dialect %s failed at stream %s", type(self.dialect).__name__, self._stream_id
            )
            self.failure = Breach.INTERRUPTED
        # The counts are there first: a reader that sees a frame can count its events.
        self.log.append(bodies)


class Translations:
    """The translations of this process that have readers: one for each log and dialect."""

    def __init__(self) -> None:
        #: Guards the mapping.
        self._lock = threading.Lock()
        self._by_log: WeakKeyDictionary[Log, WeakValueDictionary[Dialect, Translation]] = (
            WeakKeyDictionary()
        )

    def get(self, source: Log, dialect: Dialect, stream_id: str) -> Translation:
        """Return the translation of a log, which begins at its first frame if it is new."""
        with self._lock:
            of_log = self._by_log.setdefault(source, WeakValueDictionary())
            translation = of_log.get(dialect)
            if translation is None:
                translation = of_log[dialect] = Translation(source, dialect, stream_id)
            return translation


class _Process:
    translations: ClassVar[Translations] = Translations()


def translation_of(source: Log, dialect: Dialect, stream_id: str) -> Translation:
    """Return the translation of a log that this process shares."""
    return _Process.translations.get(source, dialect, stream_id)


def _start_clean() -> None:
    _Process.translations = Translations()  # a thread of the parent may hold the old lock for ever


os.register_at_fork(after_in_child=_start_clean)
