"""A store whose clock a test turns: `SSE_PIPELINE["STORE"] = "tests.clock.ClockedStore"`."""

from typing import Any

from sse_pipeline.stores.memory import MemoryStore


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class ClockedStore(MemoryStore):
    """A memory store with such a clock."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        super().__init__(**options, clock=self.clock)
