"""What a configuration may name: the site says it, and nothing else is sent or reached."""

import os
from typing import Any

import pytest
from pytest_django import Settings

from harness.speech.fake_speech_server import SECRET, serve_speech
from sse_pipeline import SSEHandler
from sse_pipeline.answers import Speech, components
from sse_pipeline.tts import SpeechConfig, SpeechConfigError, SpeechPolicy, TTSStreamer
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.speech_policy import DEFAULT_POLICY

POLICY = SpeechPolicy(
    variables=["SPEECH_KEY"], hosts=["speech.example", "localhost:8880", "[::1]:80"]
)


def configure(policy: SpeechPolicy = DEFAULT_POLICY, **config: Any) -> TTSStreamer:
    given = {"engine": "openai", "credentials": lambda: "key", **config}
    return TTSStreamer(given, policy=policy)


@pytest.mark.parametrize(
    "address",
    [
        "https://speech.example/v1", "https://speech.example:443/v1", "HTTPS://Speech.Example",
        "http://localhost:8880/v1/", "http://[::1]/v1", "http://[::1]:80",
    ],
)  # fmt: skip
def test_a_server_that_is_listed_may_be_named(address: str) -> None:
    configure(POLICY, options={"base_url": address})


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[::ffff:a9fe:a9fe]",
        "http://2852039166/", "http://0xa9fea9fe/", "http://127.0.0.1:6379", "http://localhost/",
        "http://speech.example/v1", "https://speech.example:8443/", "https://speech.example.evil/",
        "https://evil/speech.example", "https://speech.example./",
    ],
)  # fmt: skip
def test_any_other_server_is_refused(address: str) -> None:
    with pytest.raises(SpeechConfigError, match=r"^options\.base_url: .* is not among the hosts"):
        configure(POLICY, options={"base_url": address})


@pytest.mark.parametrize(
    "address",
    [
        "https://speech.example@evil/", "https://evil\\@speech.example/",
        "https://speech.example#@evil",
        "https://speech.example?@evil", "file:///etc/passwd", "//speech.example",
        "https:speech.example",
        "https://speech.example/\r\nHost: evil", "https://speech.example:443 ", "https://speech。example/",
        "", "https://",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_address(address: str) -> None:
    with pytest.raises(SpeechConfigError, match=r"^options\.base_url: must be the address"):
        configure(POLICY, options={"base_url": address})


@pytest.mark.parametrize("engine", ["espeak", "openai", "fallback"])
def test_a_variable_that_is_not_listed_is_never_read(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", SECRET)
    for config in (
        {"credentials": "env:DJANGO_SECRET_KEY"},
        {"engine": "fallback", "options": {"engines": [{"credentials": "env:DJANGO_SECRET_KEY"}]}},
    ):
        with pytest.raises(SpeechConfigError, match="DJANGO_SECRET_KEY is not among the variables"):
            TTSStreamer({"engine": engine, **config}, policy=POLICY)


def test_an_organisation_gets_no_policy_of_its_own() -> None:
    with pytest.raises(SpeechConfigError, match="^policy: is not a known key"):
        TTSStreamer({"policy": SpeechPolicy(variables=["PATH"])})

    class Organisation:
        policy = SpeechPolicy(variables=["PATH"])
        credentials = "env:PATH"

    with pytest.raises(SpeechConfigError, match="^credentials: PATH is not among"):
        TTSStreamer(Organisation())


def test_without_a_policy_only_the_server_of_openai_is_named() -> None:
    configure()
    with pytest.raises(SpeechConfigError, match="hosts that the site allows"):
        configure(options={"base_url": "https://speech.example/v1"})


def test_a_configuration_of_the_sites_own_code_has_its_own_policy() -> None:
    config = SpeechConfig(engine="openai", credentials="env:PATH",
                          policy=SpeechPolicy(variables=["PATH"]))  # fmt: skip
    assert TTSStreamer(config).config is config
    find_engine(config)


def test_a_redirect_is_not_followed() -> None:
    with serve_speech() as server:
        streamer = configure(server.policy, options={"base_url": server.url})
        streamer.feed("It is elsewhere.")
        streamer.end_input()
        result = streamer.wait(30)
    assert result is not None
    assert result.reason == "the speech server refused (307)"
    assert len(server.requests) == 1


@pytest.mark.parametrize("folder", ["/", "/etc", "/voices/../etc", "/voicesx", "/voices/\0", "x"])
def test_a_folder_that_is_not_listed_is_refused(folder: str) -> None:
    with pytest.raises(SpeechConfigError, match=r"^options\.folder: is not among the folders"):
        TTSStreamer({"engine": "piper", "options": {"folder": folder}},
                    policy=SpeechPolicy(folders=["/voices"]))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("variables", "PATH"), ("variables", ["A=B"]), ("variables", [7]), ("variables", None),
        ("hosts", ["https://speech.example"]), ("hosts", [""]), ("hosts", ["a b"]), ("hosts", "x"),
        ("folders", ["voices"]), ("folders", ["/a\0"]),
    ],
)  # fmt: skip
def test_a_policy_that_is_none_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SpeechConfigError, match=rf"^policy\.{name}: must be "):
        SpeechPolicy(**{name: value})


def test_the_settings_say_what_an_answer_may_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEECH_KEY", SECRET)
    config = {"engine": "openai", "credentials": "env:SPEECH_KEY",
              "options": {"base_url": "http://localhost:8880/v1"}}  # fmt: skip
    handler = SSEHandler(components=components(speech=True))
    with pytest.raises(SpeechConfigError, match="^credentials: SPEECH_KEY is not among"):
        Speech(handler, config)
    settings.SSE_PIPELINE = {"SPEECH_VARIABLES": ["SPEECH_KEY"]}
    with pytest.raises(SpeechConfigError, match="hosts that the site allows"):
        Speech(handler, config)
    settings.SSE_PIPELINE = {
        "SPEECH_VARIABLES": ["SPEECH_KEY"], "SPEECH_HOSTS": ["localhost:8880"],
    }  # fmt: skip
    Speech(handler, config)
    assert os.environ["SPEECH_KEY"] == SECRET
