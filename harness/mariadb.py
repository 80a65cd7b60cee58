"""A MariaDB server of its own, and `python -m harness.mariadb`, which installs its program.

The package has the server alone: it starts no service of the system.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

from harness import debian
from harness.servers import HOST, free_port
from harness.waiting import until

pymysql.install_as_MySQLdb()  # Django knows the other driver, which needs a compiler

PACKAGES = ("mariadb-server-core",)
NAME = "journal"
#: A small server. What it has written outlives it, if the machine goes on. Its character set is an
#: old default on purpose: a site may have it.
OPTIONS = (
    "--no-defaults",
    f"--bind-address={HOST}",
    "--skip-grant-tables",
    "--skip-log-bin",
    "--character-set-server=latin1",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-lock-wait-timeout=20",
)

ADVICE = """\
The tests of the journal need MariaDB, and there is none. Install it (on Debian, as root:
`apt-get install mariadb-server-core`), or say where it is: MARIADBD=/path/to/mariadbd"""


def executable() -> str | None:
    """Find the server: what MARIADBD names, else the one on the path or where systems keep it."""
    named = os.environ.get("MARIADBD", "mariadbd")
    return shutil.which(named) or shutil.which(f"/usr/sbin/{named}")


def install() -> bool:
    """Install Debian's package where that can be done without a question."""
    if os.environ.get("MARIADBD") or not debian.install(PACKAGES, "to test the journal"):
        return False
    return executable() is not None


class MariaDB:
    """A server in a folder of its own, that can be stopped and started."""

    def __init__(self, program: str, folder: Path) -> None:
        (folder / "data").mkdir()
        self._log = folder / "log"
        # A port, and not only the socket: PyMySQL does not close a socket that refuses it.
        self._port = free_port()
        user = ["--user=root"] if os.geteuid() == 0 else []
        places = [f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}"]
        self._command = [program, *OPTIONS, *places, f"--port={self._port}", *user]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        with pymysql.connect(host=HOST, port=self._port, user="root") as connection:
            connection.cursor().execute(f"CREATE DATABASE {NAME}")

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": NAME,
            "USER": "root",
            "HOST": HOST,
            "PORT": self._port,
        }

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is None:
            self._log.write_text("")
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
            until(self._is_ready, 30)

    def stop(self) -> None:
        """Stop it, and cut off all connections."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def _is_ready(self) -> bool:
        said = self._log.read_text()
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"MariaDB has ended: {said[-2000:]}")
        return "ready for connections" in said


@contextmanager
def served() -> Iterator[MariaDB]:
    """Run a server.

    Raises:
        RuntimeError: Its program is not installed.
    """
    program = executable()
    if program is None:
        raise RuntimeError(ADVICE)
    with tempfile.TemporaryDirectory(prefix="maria-", ignore_cleanup_errors=True) as folder:
        server = MariaDB(program, Path(folder))
        try:
            yield server
        finally:
            server.stop()


if __name__ == "__main__" and not executable() and not install():
    sys.exit(ADVICE)
