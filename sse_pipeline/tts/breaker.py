"""The circuit breaker: an engine that fails again and again is left alone for a while."""

from functools import lru_cache

from .engine import Engine


class Breaker:
    """Counts failures in a row; once open, it lets one try through in each pause.

    `now` is a time in seconds, by a clock of the caller's. Belongs to one thread.
    """

    def __init__(self, failures: int, pause: float) -> None:
        #: How many failures in a row open it, and for how many seconds.
        self.limit = failures
        self.pause = pause
        self.failures = 0
        self._until = 0.0

    def is_open(self, now: float) -> bool:
        """Tell whether the engine is left alone; after each pause one caller is told no."""
        if self.failures < self.limit:
            return False
        if now < self._until:
            return True
        self._until = now + self.pause
        return False

    def failed(self, now: float) -> None:
        """Count a failure."""
        self.failures += 1
        self._until = now + self.pause

    def succeeded(self) -> None:
        """Forget all failures."""
        self.failures = 0


@lru_cache(256)
def breaker_of(engine: Engine, failures: int = 3, pause: float = 30.0) -> Breaker:
    """Return the breaker of an engine in this process; equal engines share it."""
    return Breaker(failures, pause)
