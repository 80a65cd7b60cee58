"""The one poll: for what a process does that offers no event, such as to open its port."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 30, pause: float = 0.02) -> T:
    """Return what a condition yields when it holds; raises `TimeoutError` where it never does."""
    deadline = time.monotonic() + seconds
    while not (held := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s, and got {held!r}")
        time.sleep(pause)
    return held
