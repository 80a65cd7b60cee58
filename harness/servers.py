"""ASGI servers, each run for real: in a process of its own, on a free loopback port."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.waiting import until

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
ATTEMPTS = 3

#: The options of each server: where it listens, and 1 s for open streams when it ends.
COMMANDS: Mapping[str, Sequence[str]] = {
    "daphne": ("--bind", HOST, "--port", "{port}"),
    "uvicorn": ("--host", HOST, "--port", "{port}", "--timeout-graceful-shutdown", "1"),
    "granian": (
        *("--interface", "asgi", "--host", HOST, "--port", "{port}"),
        *("--workers-kill-timeout", "1"),
    ),
    "hypercorn": ("--bind", HOST + ":{port}", "--workers", "0", "--graceful-timeout", "1"),
}
SERVERS = tuple(COMMANDS)
#: gunicorn, with each of these workers.
GUNICORN: Mapping[str, Sequence[str]] = {
    worker: ("--worker-class", worker, "--bind", HOST + ":{port}")
    for worker in ("uvicorn_worker.UvicornWorker", "gthread")
}
#: Daphne with a limit for bodies: the library's own command.
LIMITED_DAPHNE = "sse_pipeline.http.limited_daphne"
#: The module of the demonstration, which `make run` starts.
SITE = "project"


@dataclass(frozen=True)
class Server:
    """A server that accepts connections."""

    url: str
    pid: int
    output: Path

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def log(self) -> str:
        """The output of the server so far."""
        return self.output.read_text(errors="replace")

    def kill(self) -> None:
        """Kill it, as a crash would."""
        os.killpg(self.pid, signal.SIGKILL)


class NotServing(Exception):
    """Raised when a server ended, or accepted no connection in time."""


@contextlib.contextmanager
def serve(
    server: str,
    application: str,
    env: Mapping[str, str] | None = None,
    *,
    options: Sequence[str] = (),
    deadline: float = 30,
) -> Iterator[Server]:
    """Run an application, named by its dotted path, until the block is left."""
    with _run(server, [*options, application], env or {}, deadline) as running:
        yield running


@contextlib.contextmanager
def serve_site(
    env: Mapping[str, str] | None = None, *, options: Sequence[str] = ()
) -> Iterator[Server]:
    """Run the demonstration with a database of its own, until the block is left."""
    with TemporaryDirectory(prefix="site-") as folder:
        database = {"DJANGO_DATABASE": str(Path(folder) / "db.sqlite3")}
        with _run(SITE, options, {**database, **(env or {})}, 30) as server:
            yield server


@contextlib.contextmanager
def _run(
    server: str, arguments: Sequence[str], env: Mapping[str, str], deadline: float
) -> Iterator[Server]:
    with TemporaryDirectory(prefix="server-") as folder:
        output = Path(folder) / "log"
        process, port = _start(server, arguments, env, output, deadline)
        try:
            yield Server(f"http://{HOST}:{port}", process.pid, output)
        finally:
            _end(process)


def _start(
    server: str, arguments: Sequence[str], env: Mapping[str, str], output: Path, deadline: float
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(ATTEMPTS):
        port = free_port()
        module = "gunicorn" if server in GUNICORN else server
        words = {**COMMANDS, **GUNICORN}.get(server, ("--port", "{port}"))
        where = [word.format(port=port) for word in words]
        with output.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *where, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            if until(partial(_state, process, port), deadline) == "serving":
                return process, port
        except TimeoutError:
            pass
        except BaseException:
            _end(process)
            raise
        _end(process)
        if "in use" not in output.read_text(errors="replace"):
            break
    raise NotServing(f"{server} does not serve {arguments}:\n{output.read_text(errors='replace')}")


def free_port() -> int:
    """Return a port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _state(process: subprocess.Popen[bytes], port: int) -> str:
    """Return "serving" or "ended"; nothing while the server starts."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return "serving" if process.poll() is None else "ended"
    return "" if process.poll() is None else "ended"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server, then the rest of the session in which it was started."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
