"""Random schedules of four processes over a database, with kills, checked against a model.

One round is played on PostgreSQL; `SSE_SCHEDULES=500` plays as many on SQLite, too.
"""

import os

import pytest
from pytest_django import Settings

from harness.database_stores import STORE, StreamDatabase
from harness.schedules import LEASE, play, seeds


@pytest.mark.parametrize("seed", seeds(25))
@pytest.mark.parametrize(
    "database", ["sqlite", "postgresql"] if "SSE_SCHEDULES" in os.environ else ["postgresql"],
    indirect=True,
)  # fmt: skip
def test_schedules(seed: int, database: StreamDatabase, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": STORE, "LEASE": LEASE, "DRAIN_LIMIT": 0.5}
    play(seed, "database", DJANGO_DATABASE=database.address)
