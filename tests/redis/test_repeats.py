"""A command that is repeated, because its answer got lost, is done once."""

from typing import Any

import pytest
from redis import Redis

from harness import waiting
from sse_pipeline.exceptions import StreamEnded
from sse_pipeline.frames import Frame, encode
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component
from sse_pipeline.stores.redis import keys
from sse_pipeline.stores.redis.writing.commands import command_of
from sse_pipeline.stores.remote.commit_request import CommitRequest
from sse_pipeline.testing.subject import CheckedStream, Factory, got
from tests.redis.parts import UnreadServer, append_of, context, store_on


def test_a_repeated_append_is_done_once_and_told_the_same(
    stream: CheckedStream, client: Redis
) -> None:
    append = append_of(1000, stream.id, "once")
    replies: list[Any] = [client.execute_command(*append) for _ in range(3)]
    assert [reply[1] for reply in replies] == [b"done"] * 3
    assert [event.event for event in stream.events(3)] == ["stream", "component", "text"]


def test_a_repeat_that_comes_late_is_nothing(stream: CheckedStream, client: Redis) -> None:
    for number in (1000, 1001, 1000):
        append = append_of(number, stream.id, str(number))
        client.execute_command(*append)
    chunks = [event.json()["chunk"] for event in stream.events(4)[2:]]
    assert chunks == ["1000", "1001"]


def test_a_repeated_commit_has_won_each_time(stream: CheckedStream, client: Redis) -> None:
    old = stream.load()
    outcome = decide(old, causes.register(Component("late")), 1.0)
    commit = CommitRequest(context(), 1000, (old, outcome.snapshot), outcome.frames)
    command = command_of(commit, "PUBLISH")
    replies: list[Any] = [client.execute_command(*command) for _ in range(2)]
    assert [reply[1] for reply in replies] == [b"won", b"won"]
    assert len(stream.events(3)) == 3


def test_a_late_frame_is_dropped_and_counted(
    stream: CheckedStream, client: Redis, redis_stores: Factory
) -> None:
    late = store_on(UnreadServer, redis_stores)  # it can't learn of the end by reading
    got(late.append(stream.id, Frame(encode("text", {"chunk": "in time"}))))
    stream.decide(causes.complete("writer"))
    late.append(stream.id, Frame(encode("text", {"chunk": "late"})))
    waiting.until(lambda: client.hget(keys.state(stream.id), "late") == b"1")
    waiting.until(lambda: late.open_streams() == [])
    with pytest.raises(StreamEnded):
        late.append(stream.id, Frame(encode("text", {})))
    assert stream.events()[-1].event == "complete"


def test_scripts_that_the_server_forgot_are_loaded_again(
    stream: CheckedStream, client: Redis
) -> None:
    stream.append("before", "writer")
    stream.load()
    client.script_flush()
    stream.append("after", "writer")
    assert len(stream.events(4)) == 4
