"""The errors of speech. Each of them is an `SSEPipelineError`."""

from sse_pipeline.exceptions import SSEPipelineError


class SpeechConfigError(SSEPipelineError, ValueError):
    """A key of the speech configuration is unknown, or its value can't be used.

    The message starts with the key.
    """


class SpeechEnded(SSEPipelineError):
    """Text was fed after `end_input()`."""


class EngineFailed(SSEPipelineError):
    """An engine could not speak a segment. The message may be shown to users."""


class CannotSpeak(EngineFailed):
    """A voice has no sound for the text of a segment. This is no fault of its engine."""
