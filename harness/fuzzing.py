"""How long fuzzing goes on: `FUZZ=100 pytest tests/fuzzing` tries a hundred times as much.

Without it the examples are few, and the same each time.
"""

import os

from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get("FUZZ", "1"))


def examples(count: int) -> settings:
    """Return settings for so many examples, times the factor."""
    return settings(
        max_examples=count * FACTOR,
        derandomize=FACTOR == 1,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )
