"""`manage.py check` says what would keep streams from working."""

import sys
from typing import Any

import pytest
from django.core import checks as checks_api
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from harness import databases
from sse_pipeline import SSEHandler, checks, conf
from sse_pipeline.checks import secrets


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
        ({"AUTHORIZE": "tests.access.test_authorization.admit"}, None),
        ({"AUTHORIZE": "tests.access.test_authorization.admit_later"}, None),
        ({"AUTHORIZE": "tests.access.test_authorization.no_function"}, "SSE_PIPELINE['AUTHORIZE']"),
        ({"AUTHORIZE": "tests.access.test_actions.takes_one"}, "SSE_PIPELINE['AUTHORIZE']"),
        ({"AUTHORIZE": "tests.access.test_actions.admit_to_all"}, None),
        ({"AUTHORIZE": "tests.access.test_authorization.nowhere"}, "SSE_PIPELINE['AUTHORIZE']"),
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


def test_an_application_that_can_not_be_imported_keeps_no_command_from_running(
    settings: Any,
) -> None:
    settings.ASGI_APPLICATION = "no_such_site.asgi.application"
    (warning,) = checks.check_server()
    assert (warning.id, warning.is_serious()) == ("sse_pipeline.W013", False)


def test_an_application_without_the_routes_is_warned(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ASGI_APPLICATION = "harness.wrappers.closure"
    monkeypatch.delitem(sys.modules, "sse_pipeline.routing", raising=False)
    assert [message.id for message in checks.check_server()] == ["sse_pipeline.W011"]


def test_a_development_server_without_daphne_is_warned(settings: Any) -> None:
    settings.DEBUG = True
    settings.INSTALLED_APPS = [each for each in settings.INSTALLED_APPS if each != "daphne"]
    assert [message.id for message in checks.check_server()] == ["sse_pipeline.W012"]


def test_a_site_that_did_not_install_the_application_is_told(settings: Any) -> None:
    settings.INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
    conf.get.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS has no 'sse_pipeline'"):
        SSEHandler()


def test_the_site_passes() -> None:
    assert run_checks(tags=["sse_pipeline"]) == []


def test_the_checks_are_run_with_the_others(settings: Any) -> None:
    settings.SSE_PIPELINE = {"KEEP": 0}
    assert "sse_pipeline.E001" in {message.id for message in run_checks()}


def test_a_database_that_can_keep_no_journal(settings: Any) -> None:
    assert checks.check_journal() == []
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    # As Oracle: it can't insert a row that may be there already. Here it needs no driver.
    connections.settings[databases.ALIAS] = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.dummy",
    }
    try:
        (warning,) = checks.check_journal()
        assert warning.msg.startswith(
            f"The journal can't be kept in the database {databases.ALIAS!r}"
        )
        assert (warning.id, warning.is_serious()) == ("sse_pipeline.W010", False)
        settings.SSE_PIPELINE = {"JOURNAL": False}
        assert checks.check_journal() == []
        settings.SSE_PIPELINE = {"JOURNAL": "perhaps"}  # E001 says so
        assert checks.check_journal() == []
    finally:
        del connections[databases.ALIAS]
        del connections.settings[databases.ALIAS]


def deployed() -> dict[str, checks_api.CheckMessage]:
    found = run_checks(tags=["sse_pipeline"], include_deployment_checks=True)
    assert all(message.hint for message in found)
    return {str(message.id).removeprefix("sse_pipeline."): message for message in found}


def test_the_site_can_be_deployed() -> None:
    assert deployed() == {}


@pytest.mark.parametrize(
    ("environment", "warned"),
    [
        ({"WEB_CONCURRENCY": "4"}, True),
        ({"GRANIAN_WORKERS": "2"}, True),
        ({"GUNICORN_CMD_ARGS": "--bind :80 --workers=3"}, True),
        ({"GUNICORN_CMD_ARGS": "-w 3"}, True),
        ({"GUNICORN_CMD_ARGS": "-w"}, False),
        ({"GUNICORN_CMD_ARGS": "'"}, False),
        ({"WEB_CONCURRENCY": "1"}, False),
        ({"WEB_CONCURRENCY": "many"}, False),
    ],
)
def test_streams_in_memory_of_one_worker_among_several(
    monkeypatch: pytest.MonkeyPatch, settings: Any, environment: dict[str, str], warned: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert set(deployed()) == ({"W002"} if warned else set())
    settings.SSE_PIPELINE = {"STORE": "harness.stores.SharedMemoryStore"}
    assert deployed() == {}


@pytest.mark.parametrize(
    ("changes", "queue"),
    [
        ({"TASKS": {"slow": {"BACKEND": "django_tasks_db.DatabaseBackend"}}}, "TASKS['slow']"),
        ({"CELERY_BROKER_URL": "amqp://broker"}, "CELERY_BROKER_URL"),
        ({"TASKS": {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}}, None),
        ({"TASKS": {}}, None),
    ],
)
def test_streams_in_memory_beside_a_task_queue(
    settings: Any, changes: dict[str, Any], queue: str | None
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    found = deployed()
    assert set(found) == ({"W014"} if queue else set())
    for message in found.values():
        assert f"({queue})" in message.msg
        assert "'database'" in str(message.hint)
        assert "Redis" in str(message.hint)
    settings.SSE_PIPELINE = {"STORE": "harness.stores.SharedMemoryStore"}
    assert deployed() == {}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"MIDDLEWARE": ["django.middleware.gzip.GZipMiddleware"]}, {"W003"}),
        ({"ALLOWED_HOSTS": []}, {"W004"}),
        ({"SSE_PIPELINE": {"ALLOWED_ORIGINS": ["*"]}}, {"W005"}),
        ({"SESSION_COOKIE_SECURE": True}, {"W006"}),
        ({"SECURE_SSL_REDIRECT": True, "CSRF_TRUSTED_ORIGINS": ["https://a.example"]}, set()),
        ({"SSE_PIPELINE": {"HEARTBEAT": 90}}, {"W007"}),
        ({"SSE_PIPELINE": {"HEARTBEAT": 59}}, set()),
        ({"USE_X_FORWARDED_HOST": True}, {"I001", "I003"}),
        ({"USE_X_FORWARDED_HOST": True, "SSE_PIPELINE": {"PROXIES": 1}}, {"I001"}),
        (
            {"USE_X_FORWARDED_HOST": True, "SSE_PIPELINE": {"ADDRESS_READERS": None}},
            {"I001"},
        ),
        ({"SSE_PIPELINE": {"STORE": "redis://:hunter2@host/0"}}, {"W009"}),
        ({"SSE_PIPELINE": {"TTS": [{"api_key": "sk-1"}]}}, {"E001", "W009"}),
        ({"SSE_PIPELINE": {"TTS": [{"api_key": ""}, "http://["]}}, {"E001"}),
        ({"SPEECH": {"engine": "openai", "credentials": "hunter2"}}, {"W009"}),
        ({"VOICE": {"options": {"engines": [{"credentials": "hunter2"}]}}}, {"W009"}),
        ({"SPEECH": {"engine": "openai", "credentials": "env:SPEECH_API_KEY"}}, set()),
        ({"SPEECH": {"engine": "espeak", "credentials": None}}, set()),
    ],
)
def test_what_a_deployment_is_warned_of(
    settings: Any, changes: dict[str, Any], found: set[str]
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    messages = run_checks(tags=["sse_pipeline"], include_deployment_checks=True)
    assert {str(message.id).removeprefix("sse_pipeline.") for message in messages} == found
    told = [message for message in messages if message.id != "sse_pipeline.E001"]
    assert all(message.hint for message in told)
    assert "hunter2" not in "".join(map(str, told))


def test_a_credential_of_the_environment_is_none_of_the_settings(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", "sk-1")
    settings.SSE_PIPELINE = {"TTS": {"api_key": "sk-1"}}
    assert secrets.check_credentials() == []


@pytest.mark.parametrize(
    ("options", "warned"),
    [("--http-timeout 60", True), ("--timeout=30", True), ("--timeout 0", False), ("", False)],
)
def test_a_server_that_cuts_long_responses(
    monkeypatch: pytest.MonkeyPatch, options: str, warned: bool
) -> None:
    monkeypatch.setenv("DAPHNE_ARGS", options)
    assert set(deployed()) == ({"W008"} if warned else set())


@pytest.mark.parametrize(
    ("setting", "package", "extra"),
    [
        ({"METRICS": True}, "prometheus_client", "metrics"),
        ({"TRACES": "linked"}, "opentelemetry", "otel"),
    ],
)
def test_a_setting_without_its_extra(
    settings: Any, monkeypatch: pytest.MonkeyPatch, setting: Any, package: str, extra: str
) -> None:
    settings.SSE_PIPELINE = setting
    assert checks.check_settings() == []
    monkeypatch.setitem(sys.modules, package, None)
    (error,) = checks.check_settings()
    assert f"django-sse-pipeline[{extra}]" in error.msg
