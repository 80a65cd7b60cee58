"""A right that is taken away while a stream is read, on each server, run for real."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from harness.fault_client import SECONDS
from harness.redis_server import RedisServer
from harness.servers import serve

PATHS = ("/streams/{}/events/", "/asynchronous-view/{}/", "/synchronous-view/{}/")


@pytest.fixture(params=["memory", "redis"])
def client(
    server_name: str, request: pytest.FixtureRequest, redis: RedisServer
) -> Iterator[httpx.Client]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "harness.rights_settings",
        "PYTHONDEVMODE": "1",
        "SSE_PIPELINE_STORE": redis.url if request.param == "redis" else "memory",
    }
    with (
        serve(server_name, "harness.rights_site:application", environment) as server,
        httpx.Client(base_url=server.url, timeout=SECONDS) as client,
    ):
        yield client
        assert "never awaited" not in server.log
        assert "Traceback" not in server.log


def test_a_reader_without_its_right_is_let_go(client: httpx.Client) -> None:
    stream = client.get("/start/").text
    with ExitStack() as stack:
        bodies = [
            stack.enter_context(client.stream("GET", path.format(stream))).iter_text()
            for path in PATHS
        ]
        for body in bodies:
            assert "event: stream" in next(body)
        client.get("/revoke/")
        for body in bodies:  # each ends cleanly: a cut body would raise
            assert "event: errored" not in "".join(body)
    for path in PATHS:
        assert client.get(path.format(stream)).status_code == 404
