"""Sets up voices of eSpeak NG and Piper with those that speak other scripts."""

from sse_pipeline.tts.engine_protocol import Engine
from sse_pipeline.tts.engines.espeak.espeak_engine import make_espeak_engine
from sse_pipeline.tts.engines.espeak.espeak_voices import find_espeak_voice
from sse_pipeline.tts.engines.piper.piper_engine import make_piper_engine
from sse_pipeline.tts.engines.piper.piper_voices import find_piper_model
from sse_pipeline.tts.engines.voices.run_engine import RunEngine
from sse_pipeline.tts.engines.voices.run_voices import RunVoices
from sse_pipeline.tts.engines.voices.writing_scripts import scripts_of_language
from sse_pipeline.tts.speech_config import SpeechConfig


def make_espeak_runs(config: SpeechConfig) -> RunEngine:
    """Set up a voice of eSpeak NG. Its other voices speak what it can't.

    Raises:
        SpeechConfigError: As `make_espeak_engine`.
    """
    engine = make_espeak_engine(config)
    spoken = find_espeak_voice(config.voice, config.language).language
    return _make(engine, spoken, RunVoices(("espeak",), engine.sample_rate, config.speed))


def make_piper_runs(config: SpeechConfig) -> RunEngine:
    """Set up a voice of Piper. Other voices of Piper, then of eSpeak NG, speak what it can't.

    Raises:
        SpeechConfigError: As `make_piper_engine`.
    """
    engine, folder = make_piper_engine(config), config.options.get("folder")
    spoken = find_piper_model(config.voice, config.language, folder).language
    voices = RunVoices(("piper", "espeak"), engine.sample_rate, config.speed, folder)
    return _make(engine, spoken, voices)


def _make(engine: Engine, spoken: str, voices: RunVoices) -> RunEngine:
    return RunEngine(engine, scripts_of_language(spoken), voices)
