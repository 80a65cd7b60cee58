"""Random schedules of four processes over Redis, with kills, checked against a model."""

import pytest
from pytest_django import Settings

from harness.redis_server import RedisServer
from harness.schedules import LEASE, play, seeds


@pytest.mark.parametrize("seed", seeds(50))
def test_schedules(seed: int, redis: RedisServer, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url, "LEASE": LEASE, "DRAIN_LIMIT": 0.5}
    play(seed, redis.url)
