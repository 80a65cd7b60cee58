"""The engines, each a short file behind one protocol."""

from sse_pipeline.tts.engine import Audio, Engine, TimedWord, Words

__all__ = ["Audio", "Engine", "TimedWord", "Words"]
