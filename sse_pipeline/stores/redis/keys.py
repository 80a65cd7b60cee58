"""The names of what is kept in Redis. All keys of one stream are in one slot of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

PREFIX = "sse"

#: How many bells there are: a blocked connection each on a cluster, one in all on a single server.
BELLS = 1
BELLS_OF_A_CLUSTER = 4


def state(stream_id: str) -> str:
    """Name the hash of a stream's snapshot, counts and claims."""
    return f"{{{PREFIX}:{stream_id}}}:state"


def log(stream_id: str) -> str:
    """Name the Redis Stream of a stream's frames."""
    return f"{{{PREFIX}:{stream_id}}}:log"


def process(name: str) -> str:
    """Name the key that lives as long as a process renews its lease."""
    return f"{PREFIX}:process:{{{name}}}"


def bells(cluster: bool) -> Sequence[str]:
    """Name the Redis Streams that tell of changes."""
    count = BELLS_OF_A_CLUSTER if cluster else BELLS
    return [f"{PREFIX}:bell:{{{number}}}" for number in range(count)]


def bell_of(stream_id: str, names: Sequence[str]) -> str:
    """Choose the bell that is rung for a stream."""
    return names[crc32(stream_id.encode()) % len(names)] if len(names) > 1 else names[0]
