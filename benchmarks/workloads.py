"""The workloads that are measured."""

from dataclasses import dataclass

#: Makes a frame of 120 bytes where the id has three digits.
CHUNK = "x" * 66


@dataclass(frozen=True, slots=True)
class Workload:
    """Connections that each receive `frames`, of which `burst` come in one turn of the loop.

    They read one stream each, or all the same one.
    """

    name: str
    connections: int
    frames: int
    burst: int = 1
    shared: bool = False

    @property
    def total(self) -> int:
        """The frames that all connections receive together."""
        return self.connections * self.frames

    @property
    def turns(self) -> int:
        """The turns of the loop that it takes to produce them."""
        return self.frames // self.burst


WORKLOADS = (
    Workload("one stream a connection", connections=50, frames=400),
    Workload("the same, bursts of 16", connections=50, frames=1600, burst=16),
    Workload("fan-out, 1 to 100", connections=100, frames=300, shared=True),
)
