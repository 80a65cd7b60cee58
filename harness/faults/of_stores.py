"""Faults of Redis: it is killed, paused, full, emptied, or a replica takes over."""

import time
from contextlib import closing

from harness.failover import pair, replicated
from harness.faults.findings import ending, wait_for
from harness.faults.of_producers import begin_text, under_way
from harness.faults.stage import Stage, refusals
from harness.redis_server import RedisServer
from harness.waiting import until

#: Seconds that Redis is away: longer than a process waits for its answer.
AWAY = 3
#: Refusals after which Redis gets room again.
REFUSALS = 3


def is_killed(stage: Stage) -> str:
    """Kill Redis, and start it again with its file."""

    def restart(_: str) -> None:
        stage.redis.kill()
        time.sleep(AWAY)
        stage.redis.start()

    return under_way(stage, restart)


def is_paused(stage: Stage) -> str:
    """Stop Redis for longer than anyone waits for an answer."""
    return under_way(stage, lambda _: stage.redis.pause_for(AWAY))


def is_full(stage: Stage) -> str:
    """Have Redis refuse what it is given, and accept it again."""

    def fill(_: str) -> None:
        with stage.redis.client() as client:
            client.config_set("maxmemory-policy", "noeviction")
            before = refusals(stage.redis)
            client.config_set("maxmemory", 1)
            until(lambda: refusals(stage.redis) >= before + REFUSALS)
            time.sleep(AWAY)
            client.config_set("maxmemory", 0)

    return under_way(stage, fill)


def is_emptied(stage: Stage) -> str:
    """Remove all that Redis has."""
    stream, reader = begin_text(stage)
    begun = time.monotonic()
    with stage.redis.client() as client:
        client.flushall()
    found = ending(reader, begun, stage.limit)
    path = f"/end/{stream}/"
    told = wait_for(lambda: bool(stage.get(path, stage.producing)["end"]), stage.limit)
    end = stage.get(path, stage.producing)["end"] if told else "nothing"
    return f"{found}; the producer gets {end}"


def fails_over(stage: Stage) -> str:
    """Kill the primary, and promote its replica behind the same address."""
    with (
        pair() as servers,
        closing(
            Stage(stage.column, stage.database, servers.primary, servers.url, stage.limit)
        ) as other,
    ):

        def promote(stream: str) -> None:
            replicated(servers.primary, stream)
            servers.primary.kill()
            _promote(servers.replica)
            servers.address.targets[:] = [servers.replica.port]

        return under_way(other, promote)


def _promote(replica: RedisServer) -> None:
    with replica.client() as client:
        client.execute_command("REPLICAOF", "NO", "ONE")
