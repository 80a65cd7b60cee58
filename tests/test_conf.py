"""The settings: their defaults, and what is told of a wrong one."""

import dataclasses
import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from sse_pipeline import conf, stores

DURATIONS = (
    "DEADLINE", "COMPONENT_TIMEOUT", "DRAIN_SILENCE", "DRAIN_LIMIT", "KEEP", "WRITE_TIMEOUT",
    "BODY_TIMEOUT", "HEARTBEAT", "RECHECK", "RECHECK_TIMEOUT", "RETRY", "LEASE",
    "CLAIM_TIMEOUT", "WAITING_TIMEOUT", "PROGRESS_INTERVAL", "FINALIZER_TIMEOUT", "FINALIZER_PAUSE",
    "FINALIZE_LIMIT", "JOURNAL_KEEP", "ARCHIVE_KEEP", "TOKEN_LIFETIME",
)  # fmt: skip
SIZES = (
    "MAX_FRAME_BYTES", "MAX_STREAM_BYTES", "HELD_BYTES", "CHUNK_BYTES", "MAX_BODY_BYTES",
    "JOURNAL_QUEUE", "COMPONENTS", "ERRORS", "MAX_TEXT_CHARACTERS", "MAX_SUMMARY_BYTES",
    "FINALIZER_ATTEMPTS", "FINALIZERS", "OWNER_KEYS", "MAX_ARGUMENTS_BYTES",
    "STORE_BYTES", "CONTENT_BYTES", "ARCHIVE_QUEUE",
)  # fmt: skip
SWITCHES = ("EXPOSE_ERRORS", "JOURNAL", "METRICS", "ARCHIVE_AUDIO")
PATHS = ("STORE", "AUTHORIZE", "ARCHIVE")
MANY = (
    "STREAMS", "OWNER_STREAMS", "READERS", "OWNER_READERS", "ADDRESS_READERS", "SPEECHES",
    "OWNER_SPEECHES",
)  # fmt: skip
OPTIONAL = (
    "DEADLINE", "COMPONENT_TIMEOUT", "AUTHORIZE", "JOURNAL_KEEP", "ARCHIVE", "ARCHIVE_KEEP",
    "RECHECK", *MANY,
)  # fmt: skip
WEBHOOK = {"url": "https://crm.example/hook", "secret": f"whsec_{'c2VjcmV0' * 4}"}
NUMBERS = (0, -1, float("nan"), float("inf"), 2**63, 2.0**63, 10**400, True, "5", [5])

BAD = [
    *((key, value) for key in DURATIONS for value in NUMBERS),
    *((key, value) for key in (*SIZES, *MANY) for value in (*NUMBERS, 1.5)),
    *(("PROXIES", value) for value in (None, -1, 1.5, True, "1", 101)),
    *(("PROXY_HEADER", value) for value in (None, "", 7, "X Forwarded", "X_Real_IP", "x" * 200)),
    *(("SUCCESS_MESSAGE", value) for value in (None, "", 7, ["Done"])),
    *((key, value) for key in PATHS for value in (7, "", b"memory", ["memory"], len)),
    *((key, None) for key in (*DURATIONS, *SIZES, *PATHS) if key not in OPTIONAL),
    *((key, value) for key in SWITCHES for value in (None, 0, 1, "yes")),
    *(
        (key, value)
        for key in ("SPEECH_VARIABLES", "SPEECH_HOSTS", "SPEECH_FOLDERS")
        for value in (None, "x", 7, {"x"}, [7], [""], ["a b"])
    ),
    *(("TRACES", value) for value in ("", "both", True, 7, ["linked"])),
    *(("DIALECTS", value) for value in (None, "x", ["x"], {1: "x"}, {"x": 7}, {"": "x"})),
    ("SPEECH_HOSTS", ["https://a.example"]),
    *(
        ("WEBHOOKS", value)
        for value in (
            None,
            "x",
            {"crm": None},
            {"": WEBHOOK},
            {"crm": {"url": WEBHOOK["url"]}},
            {"crm": {**WEBHOOK, "url": "ftp://a.example/"}},
            {"crm": {**WEBHOOK, "url": 7}},
            {"crm": {**WEBHOOK, "secret": "whsec_c2hvcnQ="}},
            {"crm": {**WEBHOOK, "secret": "whsec_?"}},
        )
    ),
    *(("SPEECH_WARM", value) for value in (None, {"engine": "piper"}, "piper", ["piper"], [7])),
    *(("ALLOWED_ORIGINS", value) for value in (None, "https://a.example", 7, {"*"})),
    *(
        ("ALLOWED_ORIGINS", [value])
        for value in (7, None, "", "null", "a.example", "https://", "https://a/", "https://a b")
    ),
]

GOOD: list[tuple[str, object]] = [
    *((key, value) for key in DURATIONS for value in (0.01, 1, 86400)),
    *((key, value) for key in (*SIZES, *MANY) for value in (1, 2**40)),
    *(("PROXIES", value) for value in (0, 1, 100)),
    ("PROXY_HEADER", "CF-Connecting-IP"),
    *((key, None) for key in OPTIONAL),
    ("WEBHOOKS", {"crm": WEBHOOK}),
    ("STORE", "site.stores.Store"),
    ("SUCCESS_MESSAGE", "Done"),
    ("TRACES", "nested"),
    ("DIALECTS", {"mine": "site.dialects.Mine"}),
    ("STORE", "redis://127.0.0.1:6379/0"),
    ("AUTHORIZE", "site.access.authorize"),
    *((key, value) for key in SWITCHES for value in (True, False)),
    ("SPEECH_VARIABLES", ("SPEECH_KEY", "_")),
    ("SPEECH_HOSTS", ("a.example", "tts_server:8880", "[::1]:80", "10.0.0.1")),
    ("SPEECH_FOLDERS", ("/srv/voices",)),
    ("SPEECH_WARM", ({}, {"engine": "piper", "voice": "en_US-joe-medium"})),
    ("ALLOWED_ORIGINS", ()),
    ("ALLOWED_ORIGINS", ("*",)),
    ("ALLOWED_ORIGINS", ("https://a.example", "http://b.example:8000", "http://[::1]:8000")),
]


def test_every_setting_is_tested() -> None:
    keys = {field.name for field in dataclasses.fields(conf.Settings)}
    assert keys == {key for key, _ in GOOD} == {key for key, _ in BAD}


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_bad_value_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ImproperlyConfigured, match=re.escape(f"SSE_PIPELINE['{key}'] must be ")):
        conf.parse({key: value})


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_a_good_value_is_taken(key: str, value: object) -> None:
    assert getattr(conf.parse({key: value}), key) == value


def test_a_list_will_do() -> None:
    assert conf.parse({"ALLOWED_ORIGINS": ["*"]}).ALLOWED_ORIGINS == ("*",)


@pytest.mark.parametrize("key", ["Deadline", "deadline", "TIMEOUT", "", 7])
def test_an_unknown_key_is_refused_and_the_known_are_named(key: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        conf.parse({key: 1})
    assert str(refused.value).startswith(
        f"SSE_PIPELINE[{key!r}] is not a known key; the keys are STORE, "
    )


@pytest.mark.parametrize("given", [None, [], "memory", 7])
def test_another_type_than_a_mapping_is_refused(given: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="^SSE_PIPELINE must be a mapping"):
        conf.parse(given)


def test_the_defaults_are_good() -> None:
    defaults = dataclasses.asdict(conf.Settings())
    assert conf.parse(defaults) == conf.Settings() == conf.parse({})


def test_settings_are_read_again_where_they_are_overridden(settings: Any) -> None:
    before = conf.get()
    with override_settings(SSE_PIPELINE={"KEEP": 7}):
        assert conf.get().KEEP == 7
    assert conf.get() == before
    settings.SSE_PIPELINE = {"KEEP": 8, "HELD_BYTES": 9}
    assert (conf.get().KEEP, conf.get().HELD_BYTES) == (8, 9)
    settings.SSE_PIPELINE = {"KEEP": 0}
    with pytest.raises(ImproperlyConfigured, match="KEEP"):
        conf.get()
    del settings.SSE_PIPELINE
    assert conf.get() == conf.Settings()


def test_other_settings_leave_it_alone(settings: Any) -> None:
    before, store = conf.get(), stores.current()
    settings.DEBUG = True
    assert conf.get() is before
    assert stores.current() is store


def test_readers_are_asked_about_at_each_heartbeat() -> None:
    assert conf.parse({}).RECHECK == 15
    assert conf.parse({"HEARTBEAT": 3}).RECHECK == 3
    assert conf.parse({"HEARTBEAT": 3, "RECHECK": 5}).RECHECK == 5
    assert conf.parse({"HEARTBEAT": 3, "RECHECK": None}).RECHECK is None


def test_the_secret_of_a_webhook_is_not_shown() -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        conf.parse({"WEBHOOKS": {"crm": {**WEBHOOK, "more": 1}}})
    assert WEBHOOK["secret"] not in str(raised.value)
