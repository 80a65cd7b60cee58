"""An outage of the store, as the log of this process tells it: its beginning and its end."""

from __future__ import annotations

import time

from ...escaping import make_logger

logger = make_logger(__name__)


class Outage:
    """Logs once that the store can't be used, and once that it can be used again."""

    def __init__(self) -> None:
        self._began_at: float | None = None

    def note(self, failure: Exception | None) -> None:
        """Take note of an attempt that failed, or of one that succeeded."""
        if failure is not None and self._began_at is None:
            self._began_at = time.monotonic()
            logger.warning("the store can't be used, and is tried again: %s", failure)
        elif failure is None and self._began_at is not None:
            seconds = time.monotonic() - self._began_at
            logger.warning("the store can be used again, after %.1f s", seconds)
            self._began_at = None
