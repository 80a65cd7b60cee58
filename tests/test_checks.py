"""`manage.py check` says what would keep streams from working."""

from typing import Any

import pytest
from django.core.checks import run_checks

from sse_pipeline import checks


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, None),
        ({"STORE": "memory"}, None),
        ({"STORE": "sse_pipeline.stores.memory.MemoryStore"}, None),
        ({"STORE": "no.such.Store"}, "SSE_PIPELINE['STORE']"),
        ({"STORE": "nothing"}, "SSE_PIPELINE['STORE']"),
        ({"STORE": "collections.OrderedDict"}, "SSE_PIPELINE['STORE']"),
        ({"STORE": 7}, "SSE_PIPELINE['STORE']"),
        ({"AUTHORIZE": "tests.test_access.admit"}, None),
        ({"AUTHORIZE": "tests.test_access.admit_later"}, None),
        ({"AUTHORIZE": "tests.test_access.no_function"}, "SSE_PIPELINE['AUTHORIZE']"),
        ({"AUTHORIZE": "tests.test_access.nowhere"}, "SSE_PIPELINE['AUTHORIZE']"),
        ({"AUTHORIZE": "no_such_module.authorize"}, "SSE_PIPELINE['AUTHORIZE']"),
        ({"DEADLINE": -1}, "SSE_PIPELINE['DEADLINE']"),
        ({"UNKNOWN": 1}, "SSE_PIPELINE['UNKNOWN']"),
        ([], "SSE_PIPELINE must be a mapping"),
    ],
)
def test_the_setting_is_checked(settings: Any, given: Any, named: str | None) -> None:
    settings.SSE_PIPELINE = given
    found = checks.check_settings()
    assert [message.id for message in found] == (["sse_pipeline.E001"] if named else [])
    assert all(message.msg.startswith(str(named)) for message in found)


@pytest.mark.parametrize("application", [None, ""])
def test_a_site_without_asgi_is_warned(settings: Any, application: str | None) -> None:
    settings.ASGI_APPLICATION = application
    (warning,) = checks.check_server()
    assert (warning.id, warning.is_serious()) == ("sse_pipeline.W001", False)
    assert "thread" in warning.msg


def test_a_site_that_names_no_application_is_warned(settings: Any) -> None:
    del settings.ASGI_APPLICATION
    assert [message.id for message in checks.check_server()] == ["sse_pipeline.W001"]


def test_the_site_passes() -> None:
    assert run_checks(tags=["sse_pipeline"]) == []


def test_the_checks_are_run_with_the_others(settings: Any) -> None:
    settings.SSE_PIPELINE = {"KEEP": 0}
    assert "sse_pipeline.E001" in {message.id for message in run_checks()}
