"""The engines, each a short file behind one protocol."""

from .base import Audio, Engine, TimedWord, Words

__all__ = ["Audio", "Engine", "TimedWord", "Words"]
