"""Calls that are cancelled, or time out, while their commit is under way: it is heard of.

`make cancels` cancels a thousand calls.
"""

import asyncio

import pytest
from pytest_django import Settings

from harness.cancelled_calls import cancel_calls
from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler, stores

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


@pytest.mark.parametrize("progresses", [False, True])
async def test_a_task_that_is_cancelled_as_it_leaves_a_component_settles_it(
    *, redis: RedisServer, settings: Settings, progresses: bool
) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url, "PROGRESS_INTERVAL": 600.0}
    handler, leaves = SSEHandler(), asyncio.Event()

    async def work() -> None:
        async with handler.component("text") as text:
            text.progress(0.1)
            if progresses:  # it is told before the component settles, by a commit of its own
                text.progress(0.5)
            leaves.set()

    task = asyncio.create_task(work())
    await leaves.wait()  # now it waits for the store
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    component = (await handler.asnapshot()).registry.components["text"]
    assert component.status == "complete"
    stores.reset()
