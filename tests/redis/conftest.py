"""The fixtures of the Redis store's tests: a client, a stream, a producer."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from redis import Redis

from harness.producers import Producer, producers
from harness.redis_server import RedisServer, redis_server
from sse_pipeline import SSEHandler
from sse_pipeline.testing.subject import CheckedStream, Factory, made


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Redis]:
    with redis.client() as client:
        yield client


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Run a server of the test's own, which it may empty, and whose channels are its own."""
    with redis_server() as server:
        yield server


@pytest.fixture
def stream(redis_stores: Factory) -> CheckedStream:
    return CheckedStream(made(redis_stores), "writer")


@pytest.fixture
def handler(redis: RedisServer, settings: Settings) -> SSEHandler:
    settings.SSE_PIPELINE = {"STORE": redis.url}
    return SSEHandler(components=["text"])


@pytest.fixture(scope="module")
def producer(redis: RedisServer) -> Iterator[Producer]:
    with producers(redis.url) as (producer,):
        yield producer
