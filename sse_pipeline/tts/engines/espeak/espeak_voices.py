"""The voices of eSpeak NG, read from its data."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import espeakng_loader

from sse_pipeline.tts.errors import SpeechConfigError

#: The priority of a language whose file gives none. The lowest number is the best.
_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """A voice of eSpeak NG."""

    #: eSpeak NG selects the voice by it: the path of its file.
    identifier: str
    name: str
    #: Pairs of a priority and a language tag, the best first.
    languages: tuple[tuple[int, str], ...]

    @property
    def language(self) -> str:
        """The language tag that fits the voice best."""
        return self.languages[0][1]

    def answers_to(self, name: str) -> bool:
        """Return whether this is its identifier, its file or its name."""
        file = self.identifier.rpartition("/")[2]
        return name in {text.casefold() for text in (self.identifier, file, self.name)}


def find_espeak_voice(voice: str | None, language: str | None) -> EspeakVoice:
    """Return a voice by its name ("en-US", "English (America)", "en-us+f3"), else by the language.

    Raises:
        SpeechConfigError: There is no such voice. The message starts with the key.
    """
    if voice is None:
        return _voice_for("en" if language is None else language, "language")
    if language is not None:
        _voice_for(language, "language")
    name, plus, variant = voice.partition("+")
    if plus and variant not in _variants():
        raise SpeechConfigError(f"voice: eSpeak NG has no variant {variant!r}")
    named = [each for each in espeak_voices() if each.answers_to(name.casefold())]
    found = named[0] if named else _voice_for(name, "voice", exact=True)
    return EspeakVoice(found.identifier + plus + variant, found.name, found.languages)


def _voice_for(language: str, key: str, *, exact: bool = False) -> EspeakVoice:
    tag = language.replace("_", "-").casefold()
    while tag:
        speakers = [
            (priority, voice.identifier, voice)
            for voice in espeak_voices()
            for priority, spoken in voice.languages
            if spoken == tag
        ]
        if speakers:
            return min(speakers)[2]
        tag = "" if exact else tag.rpartition("-")[0]
    raise SpeechConfigError(f"{key}: eSpeak NG has no voice for {language!r}")


@cache
def _variants() -> frozenset[str]:
    folder = Path(espeakng_loader.get_data_path(), "voices", "!v")
    return frozenset(path.name for path in folder.iterdir())


@cache
def espeak_voices() -> tuple[EspeakVoice, ...]:
    """Return all voices that can speak."""
    data = Path(espeakng_loader.get_data_path())
    files = sorted(path for path in (data / "lang").rglob("*") if path.is_file())
    voices = (_read(data, path) for path in files)
    return tuple(voice for voice in voices if voice is not None)


def _read(data: Path, path: Path) -> EspeakVoice | None:
    """Read the file of a voice; return None without its dictionary, because it would be mute."""
    lines = [line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines()]
    pairs = [(line[0], line[1].split("//")[0].strip()) for line in lines if len(line) == 2]
    languages = [_language(value) for key, value in pairs if key == "language"]
    entries = dict(reversed(pairs))
    dictionary = entries.get("dictionary", languages[0][1].partition("-")[0])
    if not (data / f"{dictionary}_dict").exists():
        return None
    identifier = path.relative_to(data / "lang").as_posix()
    return EspeakVoice(identifier, entries.get("name", path.name), tuple(sorted(languages)))


def _language(value: str) -> tuple[int, str]:
    tag, _, priority = value.partition(" ")
    return int(priority or _PRIORITY), tag.casefold()
