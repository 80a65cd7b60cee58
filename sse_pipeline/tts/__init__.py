"""Speech for text that is still being written.

Knows nothing of streams or of Django: it is handed callbacks.
"""

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
