"""Declarations of a test are forgotten after it. TypeScript is tested if it is installed."""

from collections.abc import Iterator

import pytest

from harness import npm
from sse_pipeline.events.declarations import DECLARED

collect_ignore = [] if npm.is_ready() else ["test_typescript.py"]


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    before = dict(DECLARED)
    yield
    DECLARED.clear()
    DECLARED.update(before)
