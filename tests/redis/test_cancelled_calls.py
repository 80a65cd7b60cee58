"""Calls that are cancelled, or time out, while their commit is under way: it is heard of.

`make cancels` cancels a thousand calls.
"""

import pytest
from pytest_django import Settings

from harness.cancelled_calls import cancel_calls
from harness.redis_server import RedisServer

CALLS = 100


@pytest.mark.parametrize("journal_database", ["sqlite"], indirect=True)
def test_what_was_committed_is_announced_and_watched(
    redis: RedisServer, settings: Settings, journaled: str
) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url, "DEADLINE": 600}
    findings = cancel_calls(CALLS, 7)
    assert findings.is_right, findings
    assert findings.cancelled == CALLS
    assert 0 < findings.landed < CALLS  # some had been committed, some had not left
    assert findings.ended
