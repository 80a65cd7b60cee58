"""The errors of the package. Each is an `SSEPipelineError`."""


class SSEPipelineError(Exception):
    """The base of every error that the package raises on purpose."""


class InvalidFrame(SSEPipelineError, ValueError):
    """The name of an event or one of its fields can't be sent; the message says which."""


class FrameTooLarge(InvalidFrame):
    """A frame exceeds `MAX_FRAME_BYTES`, or the stream `MAX_STREAM_BYTES`; the stream ends."""

    #: The setting that is exceeded.
    setting = "MAX_FRAME_BYTES"

    @classmethod
    def for_stream(cls, stream_id: str, most: int) -> "FrameTooLarge":
        """Return the error for a stream that would exceed `most` bytes."""
        error = cls(
            f"SSE_PIPELINE['MAX_STREAM_BYTES']: stream {stream_id} would exceed {most} bytes"
        )
        error.setting = "MAX_STREAM_BYTES"
        return error


class InvalidComponent(SSEPipelineError, ValueError):
    """The name of a component or one of its options can't be used; the message says which."""


class LimitReached(SSEPipelineError):
    """A bound refuses one call; what is there goes on. `setting` names it, and so does the message.

    Args:
        setting: The key of `SSE_PIPELINE`.
        most: Its value.
        complaint: What is refused.
    """

    def __init__(self, setting: str, most: object, complaint: str) -> None:
        super().__init__(f"SSE_PIPELINE[{setting!r}] = {most}: {complaint}")
        self.setting = setting


class TooManyOpen(LimitReached):
    """So many streams, readers or speeches are open in this process. A later try may succeed."""


class KeyReused(SSEPipelineError, ValueError):
    """An idempotency key was used for another request."""


class AlreadyRegistered(SSEPipelineError):
    """The component is registered with other options, or has settled already."""


class RegistryClosed(SSEPipelineError):
    """The stream is draining: it takes frames and settlements, but no new component."""


class StreamEnded(SSEPipelineError):
    """The stream is `complete` or `errored`: nothing can be added to it."""


class StreamNotFound(SSEPipelineError, LookupError):
    """The stream never existed, or the store has forgotten it after `KEEP` seconds."""

    @classmethod
    def by_id(cls, stream_id: str, advice: str = "") -> "StreamNotFound":
        """Return the error for an id. `advice` is added to the message."""
        return cls(f"stream {stream_id} never existed, or the store has forgotten it{advice}")


class NotRecorded(SSEPipelineError):
    """An action on a stream could not be written down, and so it was not done."""

    def __init__(self) -> None:
        super().__init__("nothing was done: the database does not take a record of it now")


class StoreUnavailable(SSEPipelineError, OSError):
    """The store does not answer, or it failed. The operation may be done or not."""


class StreamUnreadable(StoreUnavailable):
    """The record of one stream in the store is broken, or a later version of the library wrote it.

    It concerns this stream alone. A process of the later version can read it.
    """
