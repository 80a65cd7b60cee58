"""A server that is told to end writes the end of its streams into the journal."""

import contextlib
import json
import os
import signal
import sqlite3
import urllib.request

import pytest

from harness.servers import serve
from harness.waiting import until

pytestmark = pytest.mark.processes


def test_the_last_rows_are_written(server_name: str, site_environment: dict[str, str]) -> None:
    environment = {**site_environment, "DJANGO_SETTINGS_MODULE": "harness.inspection_settings"}
    with serve(server_name, "harness.inspection_site:application", environment) as server:
        request = urllib.request.Request(f"{server.url}/specimens/?only=draining", data=b"")
        with urllib.request.urlopen(request) as response:
            stream_id = json.load(response)["draining"]
        os.kill(server.pid, signal.SIGTERM)
        found = until(lambda: row(site_environment["DJANGO_DATABASE"], stream_id), 15)
    assert found == ("errored", "shutdown")


def row(database: str, stream_id: str) -> tuple[str, str] | None:
    """Return how a stream ended, once its process says that it has."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found: tuple[str, str] | None = connection.execute(
            "SELECT state, reason FROM sse_pipeline_stream s JOIN sse_pipeline_process p"
            " ON p.id = s.process_id WHERE s.id = ? AND p.ended_at IS NOT NULL",
            (stream_id.replace("-", ""),),
        ).fetchone()
        return found
