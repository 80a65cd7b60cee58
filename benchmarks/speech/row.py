"""The rows of the table that are compared."""

from collections.abc import Iterator
from dataclasses import dataclass

OWN = "streamer"
NAMES = {OWN: "sse_pipeline", "realtimetts": "RealtimeTTS", "livekit": "LiveKit Agents"}
#: Which of them can start before the end of a sentence, if they are told to.
PEERS = {"realtimetts": (True, False), "livekit": (False,)}
ENGINES = ("espeak", "piper")
FAST = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the library or a peer, its engine, segments at a time, and the fast path."""

    system: str
    engine: str
    in_flight: int
    fast_start: bool

    @property
    def fast_path(self) -> str:
        """Tell whether the fast path is on, or that there is none."""
        if True not in PEERS.get(self.system, (True,)):
            return "none"
        return "on" if self.fast_start else "off"

    def __str__(self) -> str:
        who = f"{NAMES[self.system]}, {self.engine}"
        return f"{who}, {self.in_flight} in flight, fast path {self.fast_path}"


def rows(
    engines: list[str], in_flight: list[int], fast: list[str], peers: list[str]
) -> Iterator[Row]:
    """Yield the rows of the library, then those of its peers, which have one in flight."""
    wanted = [FAST[each] for each in fast]
    for engine in engines:
        for fast_start in wanted:
            for count in in_flight:
                yield Row(OWN, engine, count, fast_start)
        for peer in peers:
            for fast_start in PEERS[peer]:
                if fast_start in wanted:
                    yield Row(peer, engine, 1, fast_start)
