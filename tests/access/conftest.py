"""Fixtures of the rights to a stream."""

from typing import Any

import pytest

from sse_pipeline import journal


@pytest.fixture
def installed_alone(settings: Any) -> None:
    """Install nothing but the library."""
    settings.INSTALLED_APPS = ["sse_pipeline"]
    journal.disconnect()  # the applications have started once more
