"""Text that was fed and is not cut into segments yet."""

from collections import deque
from collections.abc import Callable

#: How much text is cut at a time, in characters: about a millisecond.
SLICE = 256


class TextBacklog:
    """Does what the producer of a text asks for, in order, a little at a time.

    It is not thread-safe: the caller holds one lock around each call.
    """

    def __init__(self, cut: Callable[[str], object]) -> None:
        self._cut = cut
        self._steps: deque[str | Callable[[], object]] = deque()
        #: How much of the first text was cut.
        self._at = 0

    def add(self, step: str | Callable[[], object]) -> None:
        """Add text that is to be cut, or a call that is to follow the text before it."""
        self._steps.append(step)

    def clear(self) -> int:
        """Forget everything; return how many characters were not cut."""
        characters = sum(len(step) for step in self._steps if isinstance(step, str)) - self._at
        self._steps.clear()
        self._at = 0
        return characters

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to do."""
        return not self._steps

    def work(self) -> None:
        """Do as much as one slice of text takes, and the calls that follow it."""
        left = SLICE
        while self._steps and left > 0:
            step = self._steps[0]
            if not isinstance(step, str):
                self._steps.popleft()
                step()
                continue
            begin, end = self._at, min(self._at + left, len(step))
            left -= max(end - begin, 1)
            self._at = end
            if end == len(step):
                self._steps.popleft()
                self._at = 0
            self._cut(step[begin:end])
