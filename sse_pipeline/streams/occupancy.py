"""What is open in this process at one time: in total, and for each owner or address."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from .. import conf, signals
from ..exceptions import TooManyOpen

#: A setting, and whom it is counted for: "" for the process, None for nobody.
Keys = Mapping[str, str | None]


class Seat:
    """One place that was taken. It can be left more than once, and counts until the first time."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def leave(self) -> None:
        """Leave the place to others."""
        release, self._release = self._release, None
        if release is not None:
            release()


class Occupancy:
    """The places of one kind, such as readers, and the bounds of their number.

    A setting that is None bounds nothing. Any thread may call it.
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self.reset()

    def reset(self) -> None:
        """Forget all places. A forked child calls this: the lock may be held for ever there."""
        #: Guards `_taken`. The garbage collector may leave a place in the middle of a call, in the
        #: same thread: so it can be taken twice.
        self._lock = threading.RLock()
        self._taken: Counter[tuple[str, str]] = Counter()

    def check(self, keys: Keys) -> None:
        """Check that there is a place.

        Raises:
            TooManyOpen: A bound is reached.
        """
        with self._lock:
            full = self._full(keys)
        if full is not None:
            signals.notify_limit(full.setting)
            raise full

    def enter(self, keys: Keys) -> Seat:
        """Take a place.

        Raises:
            TooManyOpen: A bound is reached. Nothing is taken.
        """
        taken = [(setting, key) for setting, key in keys.items() if key is not None]
        with self._lock:
            full = self._full(keys)
            if full is None:
                self._taken.update(taken)
                return Seat(lambda: self._release(taken))
        signals.notify_limit(full.setting)
        raise full

    def count(self, setting: str, key: str = "") -> int:
        """Return how many places are taken for a key."""
        return self._taken[setting, key]

    def _full(self, keys: Keys) -> TooManyOpen | None:
        settings = conf.get()
        for setting, key in keys.items():
            most = getattr(settings, setting)
            if key is not None and most is not None and self._taken[setting, key] >= most:
                whose = f" of {key}" if key else ""
                return TooManyOpen(setting, most, f"so many {self._noun}{whose} are open")
        return None

    def _release(self, taken: list[tuple[str, str]]) -> None:
        with self._lock:
            for each in taken:
                self._taken[each] -= 1
                if self._taken[each] <= 0:
                    del self._taken[each]
