"""Finds the voices that speak runs of other scripts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

from sse_pipeline.tts.engine_protocol import Engine
from sse_pipeline.tts.engines.espeak.espeak_engine import make_espeak_engine
from sse_pipeline.tts.engines.piper.piper_engine import make_piper_engine
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.speech_config import SpeechConfig
from sse_pipeline.tts.speech_policy import SpeechPolicy

_MAKERS: Mapping[str, Callable[[SpeechConfig], Engine]] = {
    "piper": make_piper_engine,
    "espeak": make_espeak_engine,
}


@dataclass(frozen=True, slots=True)
class RunVoices:
    """The voices of some engines, the best engine first."""

    engines: tuple[str, ...]
    sample_rate: int
    speed: float
    #: The folder of the models of Piper.
    folder: str | None = None

    def find(self, language: str) -> list[Engine]:
        """Return the voices that speak a language."""
        return [*self._find(language)]

    def _find(self, language: str) -> Iterator[Engine]:
        for name in self.engines:
            folder = self.folder if name == "piper" else None
            voice = _find_voice(name, language, self.speed, folder)
            if voice is not None and self._fits(voice):
                yield voice

    def _fits(self, voice: Engine) -> bool:
        return voice.sample_rate == self.sample_rate or find_spec("soxr") is not None


@lru_cache(1024)
def _find_voice(name: str, language: str, speed: float, folder: str | None) -> Engine | None:
    options = {"folder": folder} if folder else {}
    policy = SpeechPolicy(folders=(folder,) if folder else ())
    try:
        config = SpeechConfig(language=language, speed=speed, options=options, policy=policy)
        return _MAKERS[name](config)
    except SpeechConfigError:
        return None
