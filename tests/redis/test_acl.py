"""A user of Redis with no more than the documents give it."""

import re
from typing import Any

import pytest
from redis import Redis

from harness.redis_server import redis_server
from harness.servers import ROOT
from sse_pipeline import SSEHandler, stores

pytestmark = pytest.mark.processes


def test_the_documented_user_is_enough(settings: Any) -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    rules = re.search(r"`(~\{sse:\*[^`]*)`", text)
    assert rules is not None
    with redis_server() as server, Redis.from_url(server.url) as admin:
        admin.execute_command("ACL", "SETUSER", "site", "on", ">secret", *rules[1].split())
        url = server.url.replace("://", "://site:secret@")
        settings.SSE_PIPELINE = {"STORE": url}
        stores.current().probe()
        handler = SSEHandler(components=["a"])
        handler.send("text", chunk="x")
        handler.cancel()
        handler.mark_component_complete("a")
        assert b"errored" in b"".join(handler)
        stores.reset()
