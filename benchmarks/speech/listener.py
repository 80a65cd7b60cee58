"""The listener of a speech: it notes when audio arrives and when it runs dry."""

from collections.abc import Callable
from time import perf_counter


class Listener:
    """Plays the audio by the clock, as soon as it arrives, and keeps the times."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        #: When the first audio arrived, and when all audio so far will have been played.
        self.began: float | None = None
        self._played = 0.0
        #: Seconds of audio, and seconds in which the player waited for more.
        self.audio = 0.0
        self.silence = 0.0
        #: How many times it waited.
        self.gaps = 0

    def now(self) -> float:
        """Return the time by its clock."""
        return self._clock()

    def hear(self, seconds: float) -> None:
        """Take audio that lasts so long."""
        now = self._clock()
        if self.began is None:
            self.began = self._played = now
        if now > self._played:
            self.silence += now - self._played
            self.gaps += 1
            self._played = now
        self._played += seconds
        self.audio += seconds
