"""The errors of speech, all of them an `SSEPipelineError`."""

from sse_pipeline.exceptions import SSEPipelineError


class SpeechConfigError(SSEPipelineError, ValueError):
    """A key of the speech configuration is unknown or unusable; the message names the key."""


class SpeechEnded(SSEPipelineError):
    """Text was fed after `end_input()`."""


class EngineFailed(SSEPipelineError):
    """An engine could not speak a segment; the message is fit to be shown."""
