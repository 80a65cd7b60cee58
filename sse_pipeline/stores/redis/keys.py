"""The names of everything that the store keeps in Redis.

Each stream has three keys and two channels in one slot of a cluster (the part in braces chooses the
slot), because a script may touch one slot only. Names and fields are a public format: releases that
follow each other work on one store together. The fields of the hash are listed in
`scripts/prelude.lua`.
"""

from __future__ import annotations

PREFIX = "sse"


def state(stream_id: str) -> str:
    """Return the key of the hash: a stream's snapshot, counts and claims."""
    return f"{{{PREFIX}:{stream_id}}}:state"


def log(stream_id: str) -> str:
    """Return the key of the Redis Stream that holds a stream's frames."""
    return f"{{{PREFIX}:{stream_id}}}:log"


def spill(stream_id: str) -> str:
    """Return the key of the list with the content that the log has dropped; most have none."""
    return f"{{{PREFIX}:{stream_id}}}:spill"


def named(key: str) -> str:
    """Return the key that has the stream of a name that a site gave."""
    return f"{{{PREFIX}:key:{key}}}"


def process(name: str) -> str:
    """Return the key that exists as long as a process renews its lease."""
    return f"{PREFIX}:process:{{{name}}}"


def batches(stream_id: str) -> str:
    """Return the channel that gets each batch of a stream."""
    return f"{{{PREFIX}:{stream_id}}}:batches"


def flags(stream_id: str) -> str:
    """Return the channel that gets the flags of a stream when they change."""
    return f"{{{PREFIX}:{stream_id}}}:flags"
