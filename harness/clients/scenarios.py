"""How the connections of a stream break."""

import random
from collections.abc import Callable, Sequence

from harness.clients.planned_proxy import Step

#: Frames of the producer of each stream.
FRAMES = 40
CUTS = 7
#: The most bytes of a connection that is cut: the stream takes about four times as many.
MOST_BYTES = 1800


def whole(seed: int) -> Sequence[Step]:
    return []


def cuts(seed: int) -> Sequence[Step]:
    chance = random.Random(seed)
    # From the head of the reply on, which has about 400 bytes.
    return [Step(most_bytes=chance.randrange(300, MOST_BYTES)) for _ in range(CUTS)]


def before_the_end(seed: int) -> Sequence[Step]:
    return [Step(before=b"event: complete")]


def restart(seed: int) -> Sequence[Step]:
    return [Step(most_bytes=MOST_BYTES), Step(status=502), Step(status=503)]


#: By the heads of the columns. In the last one the client is not told to stop at the last frame.
SCENARIOS: dict[str, Callable[[int], Sequence[Step]]] = {
    "whole": whole,
    f"{CUTS} random cuts": cuts,
    "cut before the last frame": before_the_end,
    "502 and 503 in a restart": restart,
    "204 after the end": whole,
}
STAYING = "204 after the end"
