"""The servers of `deploy/serve.sh`, each run by it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from harness.recipes.recipe_proxies import accepts
from harness.servers import HOST, ROOT, free_port
from harness.waiting import until

SERVE = ROOT / "deploy" / "serve.sh"
SERVERS = ("daphne", "uvicorn", "gunicorn", "granian", "hypercorn")
APPLICATION = "harness.recipes.recipe_site:application"


class RecipeServer:
    """A site behind one port, whose server can be started anew."""

    def __init__(self, name: str, environment: dict[str, str], log: IO[bytes]) -> None:
        self.port = free_port()
        self._log = log
        self._command = [str(SERVE), name, APPLICATION]
        self._environment = {
            **os.environ,
            **environment,
            "PYTHON": sys.executable,
            "HOST": HOST,
            "PORT": str(self.port),
            "GRACE": "2",
        }
        self.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log,
            start_new_session=True,
        )  # fmt: skip
        until(partial(self._listens), 30)

    def end(self) -> None:
        """End it as a service manager does: by TERM, and by KILL if it takes too long."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            self._log.seek(0)
            raise RuntimeError(f"the server has ended: {self._log.read()[-2000:].decode()}")
        return accepts(self.port)


@contextmanager
def recipe_server(name: str, store: str, database: Path) -> Iterator[RecipeServer]:
    """Serve the site of the recipes over a shared store until the block is left."""
    environment = {
        "DJANGO_DATABASE": str(database),
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "SSE_PIPELINE_STORE": store,
    }
    with TemporaryFile() as log:
        server = RecipeServer(name, environment, log)
        try:
            yield server
        finally:
            server.end()
