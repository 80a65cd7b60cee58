"""Speech for text that is still being written.

The way of a text to a sound: `streamer` takes the text; `text` cleans it, cuts it into segments and
writes out amounts and dates; `buffer` holds the segments and their audio; `synthesis` has them
spoken by one of the `engines`; `buffer.audio_timeline` places the audio in the speech;
`callback_thread` gives it to the callbacks.

This package knows nothing about streams or Django: sites give it callbacks. From outside, use the
names below, those of `sse_pipeline.tts.engines`, and nothing else.
"""

try:
    import babel  # noqa: F401
    import espeakng_loader  # noqa: F401
    import regex  # noqa: F401
    import sentencex  # noqa: F401
    import unicode_rbnf  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"speech needs {error.name}: install django-sse-pipeline[speech]", name=error.name
    ) from None

from sse_pipeline.tts.buffer import TTSBuffer
from sse_pipeline.tts.errors import CannotSpeak, EngineFailed, SpeechConfigError, SpeechEnded
from sse_pipeline.tts.results import (
    OPUS,
    PCM,
    AudioChunk,
    SegmentOutcome,
    SegmentWords,
    SpeechResult,
    SpokenWord,
)
from sse_pipeline.tts.speech_config import SpeechConfig
from sse_pipeline.tts.speech_policy import SpeechPolicy
from sse_pipeline.tts.streamer import TTSStreamer
from sse_pipeline.tts.warming import warm_up, warm_up_all

__all__ = [
    "OPUS",
    "PCM",
    "AudioChunk",
    "CannotSpeak",
    "EngineFailed",
    "SegmentOutcome",
    "SegmentWords",
    "SpeechConfig",
    "SpeechConfigError",
    "SpeechEnded",
    "SpeechPolicy",
    "SpeechResult",
    "SpokenWord",
    "TTSBuffer",
    "TTSStreamer",
    "warm_up",
    "warm_up_all",
]
