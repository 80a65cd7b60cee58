"""Speech for text that is still being written.

Knows nothing of streams or of Django: it is handed callbacks.
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

from .buffer import TTSBuffer
from .config import SpeechConfig
from .events import (
    AudioChunk,
    SegmentOutcome,
    SegmentWords,
    SpeechResult,
    SpokenWord,
)
from .exceptions import EngineFailed, SpeechConfigError, SpeechEnded
from .streamer import TTSStreamer

__all__ = [
    "AudioChunk",
    "EngineFailed",
    "SegmentOutcome",
    "SegmentWords",
    "SpeechConfig",
    "SpeechConfigError",
    "SpeechEnded",
    "SpeechResult",
    "SpokenWord",
    "TTSBuffer",
    "TTSStreamer",
]
