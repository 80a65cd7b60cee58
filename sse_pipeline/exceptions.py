"""The errors of the package, all of them an `SSEPipelineError`."""


class SSEPipelineError(Exception):
    """Base of every error that the package raises on purpose."""


class InvalidFrame(SSEPipelineError, ValueError):
    """An event's name or one of its fields can't be sent; the message names which."""


class FrameTooLarge(InvalidFrame):
    """One frame exceeds `MAX_FRAME_BYTES`, or all of them `MAX_STREAM_BYTES`; the stream ends."""


class InvalidComponent(SSEPipelineError, ValueError):
    """A component's name or one of its options is unusable; the message names which."""


class AlreadyRegistered(SSEPipelineError):
    """The component is registered with other options, or has settled already."""


class RegistryClosed(SSEPipelineError):
    """The stream is draining: it takes frames and settlements, but no new component."""


class StreamEnded(SSEPipelineError):
    """The stream is `complete` or `errored`: nothing can be added to it."""


class StreamNotFound(SSEPipelineError, LookupError):
    """No such stream: it never was, or was forgotten after `KEEP` seconds."""


class StoreUnavailable(SSEPipelineError, OSError):
    """The store does not answer, or failed. What was asked may have been done or not."""
