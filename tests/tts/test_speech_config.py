"""A configuration is understood whole or refused by the name of its key."""

import re
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import SpeechConfig, SpeechConfigError, TTSStreamer
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.speech_config import read_config

FLUTE = ScriptedEngine()


def flute(config):
    assert config.options == {"air": 7}
    return FLUTE


@dataclass
class Organisation:
    name: str = "any"
    voice: str = "en-GB"
    speed: float | None = None


def test_an_engine_of_another_package_names_its_options():
    config = SpeechConfig(options={"air": 7})
    config.check_options("air", "reed")
    with pytest.raises(SpeechConfigError, match="options.air: is not a known key; the keys are"):
        config.check_options("reed", "string")
    with pytest.raises(SpeechConfigError, match="this engine has none"):
        config.check_options()


def test_nothing_means_the_defaults():
    assert read_config(None) == read_config({}) == SpeechConfig()


def test_a_mapping_an_object_and_a_config_are_read():
    assert read_config({"speed": 2, "voice": None}) == SpeechConfig(speed=2)
    assert read_config(Organisation()) == SpeechConfig(voice="en-GB")
    config = SpeechConfig(language="de", required=True, max_characters=100)
    assert read_config(config) == config


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("volume", 1),
        ("engine", 7),
        ("engine", ScriptedEngine),
        ("engine", "flute"),
        ("voice", 7),
        ("voice", ""),
        ("voice", "nobody"),
        ("voice", "en-us+nobody"),
        ("voice", "../en_dict"),
        ("language", ["en"]),
        ("language", ""),
        ("language", "tlh"),
        ("language", "fo"),
        ("speed", "fast"),
        ("speed", True),
        ("speed", 0.24),
        ("speed", 4.1),
        ("speed", float("nan")),
        ("required", 1),
        ("max_characters", 19),
        ("max_characters", 2001),
        ("max_characters", 99.5),
        ("min_characters", 300),
        ("in_flight", 0),
        ("in_flight", 9),
        ("fast_start", "yes"),
        ("idle_flush", 0),
        ("breaker_failures", 0),
        ("breaker_pause", -1),
        ("options", ["base_url"]),
        ("options", {"base_url": "http://speech"}),
        ("credentials", "sk-secret"),
        ("credentials", "env:"),
        ("credentials", 7),
        ("first_audio_timeout", 0),
        ("chunk_timeout", "10"),
        ("segment_timeout", float("inf")),
    ],
)
def test_a_refusal_names_the_key(key, value):
    with pytest.raises(SpeechConfigError, match=rf"^{key}(\.\w+)?: ") as refusal:
        TTSStreamer({key: value})
    assert isinstance(refusal.value, SSEPipelineError)
    assert isinstance(refusal.value, ValueError)


LONG = "a-" * 500_000


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"engine": LONG}, "engine"),
        ({"voice": LONG}, "voice"),
        ({"language": LONG}, "language"),
        ({"credentials": f"env:{'A' * 500_000}"}, "credentials"),
        ({"engine": "openai", "options": {"model": LONG}}, "options.model"),
        ({"engine": "openai", "options": {"instructions": LONG}}, "options.instructions"),
        ({"engine": "openai", "options": {"base_url": f"https://{LONG}"}}, "options.base_url"),
        ({"engine": "piper", "options": {"folder": f"/{LONG}"}}, "options.folder"),
        ({"engine": "piper", "options": {"speaker": LONG}}, "options.speaker"),
        (
            {
                "engine": "fallback",
                "options": {"engines": [{"engine": "espeak", "language": LONG}]},
            },
            "options.engines[0].language",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_text_that_is_too_long_is_refused_by_its_key(config, key):
    with pytest.raises(
        SpeechConfigError, match=rf"^{re.escape(key)}: must not be longer"
    ) as refusal:
        TTSStreamer(config)
    assert len(str(refusal.value)) < 200


def test_the_engines_of_a_speech_are_counted():
    engines = [{"engine": "espeak"}] * 11
    with pytest.raises(SpeechConfigError, match=r"^options\.engines: must have at most 10"):
        TTSStreamer({"engine": "fallback", "options": {"engines": engines}})


@pytest.mark.parametrize("key", ["engine", "voice", "language", "credentials"])
def test_a_lone_surrogate_is_refused_by_its_key(key):
    with pytest.raises(SpeechConfigError, match=f"^{key}: must not contain a lone surrogate"):
        TTSStreamer({key: "env:\ud800"})


@pytest.mark.parametrize("org_config", ["piper", b"", 5, [], (), set()])
def test_what_is_no_configuration_is_refused(org_config):
    with pytest.raises(SpeechConfigError, match="^org_config: must be a mapping or an object"):
        TTSStreamer(org_config)


def offering(path: str):
    """Return a function that finds one entry point, as `importlib.metadata.entry_points` does."""

    def entry_points(*, group: str) -> list[EntryPoint]:
        assert group == "sse_pipeline.speech_engines"
        return [EntryPoint("flute", path, group)]

    return entry_points


@pytest.mark.parametrize("path", [f"{__name__}:nothing", "no_such_module:flute"])
def test_an_engine_that_can_not_be_loaded_is_named(path):
    with pytest.raises(SpeechConfigError, match="^engine: 'flute' can't be loaded: "):
        find_engine(SpeechConfig(engine="flute"), offering(path))


def test_an_engine_that_can_not_be_set_up_is_named():
    with pytest.raises(SpeechConfigError, match="^engine: 'flute' can't be set up: TypeError"):
        find_engine(SpeechConfig(engine="flute"), offering("builtins:dict"))


def test_the_streamer_shows_its_configuration():
    assert TTSStreamer({"required": True}).config.required


def test_an_engine_may_be_offered_by_a_package():
    config = read_config({"engine": "flute", "options": {"air": 7}})
    assert find_engine(config, offering(f"{__name__}:flute")) is FLUTE
