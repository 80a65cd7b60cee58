"""How much is fuzzed: `python -m harness.fuzzing --minutes 60` goes on for an hour.

It runs tests/fuzzing again and again, each time from another seed, until the time is over or a
test fails. One long run would try less: Hypothesis remembers each example of a run, and gets
slower with each. In `make test` the examples are few, and the same each time.
"""

import os
import random
import subprocess
import sys
import time
from argparse import ArgumentParser

from hypothesis import HealthCheck, settings

from harness.servers import ROOT

#: How many times as much a round tries as `make test` does. A round takes about a minute.
ROUND = 10
FACTOR = int(os.environ.get("FUZZ", "1"))


def examples(count: int) -> settings:
    """Return settings for so many examples, times the factor."""
    return settings(
        max_examples=count * FACTOR,
        derandomize=FACTOR == 1,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )


def fuzz(seed: int, *arguments: str) -> bool:
    """Run one round; return whether all tests passed."""
    command = (sys.executable, "-m", "pytest", "tests/fuzzing", "-q", "--timeout=0")
    done = subprocess.run(
        [*command, f"--hypothesis-seed={seed}", *arguments],
        cwd=ROOT, env={**os.environ, "FUZZ": str(ROUND)}, check=False,
    )  # fmt: skip
    return done.returncode == 0


def main() -> int:
    """Run rounds until the time is over; return 1 if a test failed."""
    parser = ArgumentParser(prog="python -m harness.fuzzing", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0, help="one round if it is not said")
    parser.add_argument("--seed", type=int, help="of the first round")
    parser.add_argument("rest", nargs="*", help="arguments of pytest")
    asked = parser.parse_args()
    seed = random.randrange(2**32) if asked.seed is None else asked.seed
    began = time.monotonic()
    for rounds in range(1, sys.maxsize):
        print(f"Round {rounds}, seed {seed}", flush=True)
        if not fuzz(seed, *asked.rest):
            print(f"Again: make fuzz SEED={seed}")
            return 1
        seed += 1
        if time.monotonic() - began >= asked.minutes * 60:
            break
    print(f"{rounds} rounds of {ROUND} times the examples of `make test`: no finding")
    return 0


if __name__ == "__main__":
    sys.exit(main())
