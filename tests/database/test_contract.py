"""The store in a database keeps the contract of stores, on each kind of database."""

from collections.abc import Callable
from contextlib import closing

import pytest

from harness import waiting
from harness.database_stores import ALIAS
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores.database.engine_choice import engine_of
from sse_pipeline.testing import STORE_CHECKS
from sse_pipeline.testing.subject import CheckedStream, Factory, made


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
def test_the_store_in_a_database_keeps_the_contract(
    check: Callable[[Factory], None], database_stores_of: Factory
) -> None:
    check(database_stores_of)


def test_a_stream_whose_time_is_over_is_deleted(database_stores_of: Factory) -> None:
    stream = CheckedStream(made(database_stores_of, keep=1e-9), "writer")
    kept = CheckedStream(made(database_stores_of), "writer")
    stream.decide(causes.complete("writer"))
    with closing(engine_of(ALIAS).open()) as session:
        # The store may be at it, too.
        waiting.until(lambda: session.sweep(10) < 10 and not session.fetch({stream.id: 0}, 10))
        assert session.fetch({kept.id: 0}, 10)
