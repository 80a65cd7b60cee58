"""The document that says who may do what."""

import pytest

from harness.access_table import TARGET
from harness.commands import printed_by

pytestmark = pytest.mark.exhaustive


def test_the_document_is_what_a_site_says() -> None:
    assert printed_by("harness.access_table") == TARGET.read_text(), "make docs writes it anew"
