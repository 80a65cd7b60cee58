"""How far a component is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """The part of its work that a component has done, from 0 to 1, and in words; `at` is when.

    The time is by the store's clock.
    """

    fraction: float
    text: str
    at: float

    @property
    def percent(self) -> int:
        """The part in percent. Less than all is less than 100."""
        return 100 if self.fraction == 1.0 else min(round(self.fraction * 100), 99)

    def told(self) -> dict[str, Any]:
        """Return what readers and people are told of it."""
        return {"fraction": self.fraction, "text": self.text}
