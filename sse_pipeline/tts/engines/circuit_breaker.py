"""The circuit breaker: after repeated failures an engine is not asked for a while."""

from functools import lru_cache
from threading import Lock

from sse_pipeline.tts.engine_protocol import Engine


class CircuitBreaker:
    """Counts failures in a row. Once it is open, it lets one caller through after each pause.

    `now` is a time in seconds, by any one clock of the caller. It has no lock: all callers run on
    one event loop, and no method awaits.
    """

    def __init__(self, failures: int, pause: float) -> None:
        #: How many failures in a row open it, and for how many seconds.
        self.limit = failures
        self.pause = pause
        self.failures = 0
        self._until = 0.0

    def is_open(self, now: float) -> bool:
        """Return whether the engine must not be asked.

        After each pause one caller gets False, and the next pause begins. So a caller that never
        reports back does not keep the breaker open.
        """
        if self.failures < self.limit:
            return False
        if now < self._until:
            return True
        self._until = now + self.pause
        return False

    @property
    def is_at_limit(self) -> bool:
        """Whether one more failure opens it, or keeps it open."""
        return self.failures + 1 >= self.limit

    def record_failure(self, now: float) -> None:
        """Count a failure."""
        self.failures += 1
        self._until = now + self.pause

    def record_success(self) -> None:
        """Forget all failures."""
        self.failures = 0


#: Guards the cache: two threads at once would get two circuit breakers for one engine.
_cache_lock = Lock()
_cached_breaker = lru_cache(256)(lambda engine, failures, pause: CircuitBreaker(failures, pause))


def circuit_breaker_for(engine: Engine, failures: int = 3, pause: float = 5.0) -> CircuitBreaker:
    """Return the circuit breaker of an engine in this process. Equal engines share it."""
    with _cache_lock:
        return _cached_breaker(engine, failures, pause)
