"""A user of Redis with no more than the documents give it."""

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from harness.redis_server import EXECUTABLES, cluster, redis_server
from harness.servers import ROOT
from sse_pipeline import SSEHandler, stores

pytestmark = pytest.mark.processes

each_server = pytest.mark.parametrize(
    "executable", EXECUTABLES, ids=[Path(path).name for path in EXECUTABLES]
)


def documented_rules() -> list[str]:
    text = (ROOT / "docs" / "security.md").read_text()
    rules = re.search(r"`(~\{sse:\*[^`]*)`", text)
    assert rules is not None
    return rules[1].split()


def use(settings: Settings, url: str) -> None:
    """Run a stream as the documented user; no lease ends while it runs."""
    url = url.replace("://", "://site:secret@")
    settings.SSE_PIPELINE = {"STORE": url, "LEASE": 6000}
    stores.current().probe()
    handler = SSEHandler(components=["a"])
    handler.send("text", chunk="x")
    reader = iter(handler)
    assert b"event: stream" in next(reader)
    handler.cancel()
    handler.mark_component_complete("a")
    assert b"errored" in b"".join(reader)
    stores.reset()


@each_server
def test_the_documented_user_is_enough(executable: str, settings: Settings) -> None:
    with redis_server(executable=executable) as server, server.client() as admin:
        admin.execute_command("ACL", "SETUSER", "site", "on", ">secret", *documented_rules())
        use(settings, server.url)


@each_server
def test_the_documented_user_is_enough_on_a_cluster(executable: str, settings: Settings) -> None:
    with cluster(executable) as servers:
        for server in servers:
            with server.client() as admin:
                version: str = admin.info("server")["redis_version"]
                more = ["+cluster"] if version.startswith("6.") else []
                rules = [*documented_rules(), *more]
                admin.execute_command("ACL", "SETUSER", "site", "on", ">secret", *rules)
        use(settings, servers[0].url)
