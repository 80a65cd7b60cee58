"""A configuration is understood whole or refused by the name of its key."""

from dataclasses import dataclass

import pytest

from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.tts import SpeechConfig, SpeechConfigError, TTSStreamer
from sse_pipeline.tts.config import read_config

from .scripted_engine import ScriptedEngine


@dataclass
class Organisation:
    name: str = "any"
    voice: str = "en-GB"
    speed: float | None = None


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
        ("first_audio_timeout", 0),
        ("segment_timeout", float("inf")),
    ],
)
def test_a_refusal_names_the_key(key, value):
    with pytest.raises(SpeechConfigError, match=f"^{key}: ") as refusal:
        TTSStreamer({key: value})
    assert isinstance(refusal.value, SSEPipelineError)
    assert isinstance(refusal.value, ValueError)


def test_the_streamer_shows_its_configuration():
    assert TTSStreamer({"required": True}).config.required
