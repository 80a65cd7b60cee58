"""Every store keeps the contract."""

from collections.abc import Callable

import pytest

from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.testing.contract import STORE_CHECKS, Factory


def memory(
    *, held_bytes: int = 1 << 20, max_stream_bytes: int = 1 << 24, keep: float = 600.0
) -> MemoryStore:
    return MemoryStore(held_bytes=held_bytes, max_stream_bytes=max_stream_bytes, keep=keep)


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make", [memory], ids=["memory"])
def test_a_store_keeps_the_contract(check: Callable[[Factory], None], make: Factory) -> None:
    check(make)
