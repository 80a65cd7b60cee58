"""The store in a database keeps the contract of stores, on each kind of database."""

from collections.abc import Callable

import pytest

from sse_pipeline.testing import STORE_CHECKS
from sse_pipeline.testing.contract import Factory


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
def test_the_store_in_a_database_keeps_the_contract(
    check: Callable[[Factory], None], database_stores_of: Factory
) -> None:
    check(database_stores_of)
