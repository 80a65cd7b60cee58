"""The fixtures of the archive's tests."""

from collections.abc import Iterator

import pytest

from harness.archives import MemoryArchive
from sse_pipeline.archive.archivist import archivist


@pytest.fixture(autouse=True)
def empty_archive() -> Iterator[None]:
    """Begin with an empty archive, and leave no work behind."""
    MemoryArchive.reset()
    yield
    archivist.stop()
