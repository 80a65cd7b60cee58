"""The voices of eSpeak NG are found by name, by file and by language."""

import pytest

from sse_pipeline.tts.engines.espeak.espeak_voices import espeak_voices, find_espeak_voice


@pytest.mark.parametrize(
    ("voice", "language", "identifier", "spoken"),
    [
        (None, None, "gmw/en", "en"),
        (None, "en-US", "gmw/en-US", "en-us"),
        (None, "pt_BR", "roa/pt-BR", "pt-br"),
        (None, "pt-AO", "roa/pt", "pt"),
        (None, "zh-Hans-CN", "sit/cmn", "cmn"),
        ("en-us", None, "gmw/en-US", "en-us"),
        ("gmw/en-US", None, "gmw/en-US", "en-us"),
        ("English (America)", None, "gmw/en-US", "en-us"),
        ("en-us+f3", None, "gmw/en-US+f3", "en-us"),
        ("zh", "en", "sit/cmn", "cmn"),
    ],
)
def test_a_voice_is_found(voice, language, identifier, spoken):
    found = find_espeak_voice(voice, language)
    assert (found.identifier, found.language) == (identifier, spoken)


def test_voices_without_a_dictionary_are_left_out():
    identifiers = {voice.identifier for voice in espeak_voices()}
    assert len(identifiers) > 100
    assert "gmq/fo" not in identifiers
