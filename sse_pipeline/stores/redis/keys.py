"""The names of everything that the store keeps in Redis.

Each stream has two keys in one slot of a cluster (the part in braces chooses the slot), because a
script may touch the keys of one slot only. Names and fields are a public format: releases that
follow each other work on one store together. The fields of the hash are listed in
`scripts/prelude.lua`.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

PREFIX = "sse"

#: How many bells there are. All processes have to agree, so this can't be tuned. On a cluster each
#: bell is in a slot of its own and costs each process one blocked connection.
BELLS = 1
BELLS_OF_A_CLUSTER = 4


def state(stream_id: str) -> str:
    """Return the key of the hash: a stream's snapshot, counts and claims."""
    return f"{{{PREFIX}:{stream_id}}}:state"


def log(stream_id: str) -> str:
    """Return the key of the Redis Stream that holds a stream's frames."""
    return f"{{{PREFIX}:{stream_id}}}:log"


def process(name: str) -> str:
    """Return the key that exists as long as a process renews its lease."""
    return f"{PREFIX}:process:{{{name}}}"


def bells(cluster: bool) -> Sequence[str]:
    """Return the keys of the Redis Streams that say which streams changed."""
    count = BELLS_OF_A_CLUSTER if cluster else BELLS
    return [f"{PREFIX}:bell:{{{number}}}" for number in range(count)]


def bell_of(stream_id: str, names: Sequence[str]) -> str:
    """Return the bell that is rung for a stream."""
    return names[crc32(stream_id.encode()) % len(names)] if len(names) > 1 else names[0]
