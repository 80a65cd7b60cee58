"""A worker is killed in the middle of an attempt: a task that is delivered again makes the next."""

from pytest_django import Settings

from harness.producers import producers
from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import TIMEOUT

LEASE = 0.4


def test_a_task_that_is_delivered_again_finishes_what_a_killed_worker_began(
    redis: RedisServer, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url, "LEASE": LEASE}
    handler = SSEHandler()
    handler.register_component("text", claim=False, attempts=2)
    with producers(redis.url, LEASE=str(LEASE)) as (worker,):
        worker("enter", handler.stream_id, "text")
        worker("send", handler.stream_id, "text", "Hel")
        worker("ledger", handler.stream_id)
        worker.kill()
    decoder = Decoder()
    for frame in handler:
        if b'"attempt":2' in frame:
            break
    free = handler.snapshot().registry.components["text"]
    assert (free.is_free, free.status, free.attempt) == (True, "pending", 2)
    assert handler.snapshot().state == "streaming"
    with SSEHandler.attach(handler.stream_id).component("text") as text:
        assert text.attempt == 2
        text.send("text", chunk="Hello")
    assert handler.is_complete.wait(TIMEOUT)
    chunk = handler.content().components["text"].events["text"]["chunk"]
    assert (handler.snapshot().state, chunk) == ("complete", "Hello")
    events = [event.json() for event in decoder.feed(b"".join(handler))]
    assert [each["chunk"] for each in events if each["type"] == "text"] == ["Hel", "Hello"]
    assert [each["restart"] for each in events if "restart" in each] == [True]
