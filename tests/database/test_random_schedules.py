"""Random schedules of four processes over a database, with kills, checked against a model.

They run with `SSE_SCHEDULES=500`, which plays as many on each kind: `conftest` says so.
"""

import pytest
from pytest_django import Settings

from harness.database_stores import STORE, StreamDatabase
from harness.schedules import LEASE, ROUND, play, seeds


@pytest.mark.parametrize("seed", seeds(ROUND))
def test_schedules(seed: int, database: StreamDatabase, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": STORE, "LEASE": LEASE, "DRAIN_LIMIT": 0.5}
    play(seed, "database", DJANGO_DATABASE=database.address)
