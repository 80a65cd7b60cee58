"""A primary of Redis and its replica behind one address, and the change from one to the other."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from harness.proxy import Proxy, proxy
from harness.redis_server import AT_ONCE, EXECUTABLES, RedisServer, follows, redis_server
from harness.servers import HOST
from harness.waiting import until

#: A port that nobody listens on.
NOBODY = 1


@dataclass
class Pair:
    """A primary and its replica, behind one address."""

    primary: RedisServer
    replica: RedisServer
    address: Proxy

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.address.port}/0"

    def fail_over(self, leader: int) -> None:
        """Promote the replica; have the primary, whose connections stay, follow a port."""
        with self.primary.client() as old, self.replica.client() as new:
            self.address.targets[:] = [self.replica.port]
            new.execute_command("REPLICAOF", "NO", "ONE")
            old.execute_command("REPLICAOF", HOST, leader)


def replicated(primary: RedisServer, stream: str) -> None:
    """Wait until the replica has what the primary was told so far."""
    with primary.client() as client:
        client.set(f"{{sse:{stream}}}:witness", 1)
        assert client.wait(1, 10_000) == 1


@contextlib.contextmanager
def pair(executable: str = EXECUTABLES[0]) -> Iterator[Pair]:
    with (
        redis_server(*AT_ONCE, executable=executable) as primary,
        redis_server("--replicaof", HOST, str(primary.port), executable=executable) as replica,
        replica.client() as client,
        proxy(primary.port) as address,
    ):
        until(lambda: follows(client))
        yield Pair(primary, replica, address)
