"""Answers: a text and its speech, in one stream."""

from .answer import Answer
from .answer_components import SPEECH, TEXT, components
from .answer_speech import Speech, speech_policy, warm_voices

__all__ = ["SPEECH", "TEXT", "Answer", "Speech", "components", "speech_policy", "warm_voices"]
