"""Changes the sample rate of audio that comes in pieces."""

from importlib.util import find_spec

from sse_pipeline.tts.exceptions import SpeechConfigError


class Resampler:
    """Takes mono samples, signed 16-bit little-endian, at one rate and gives them at another."""

    def __init__(self, rate: int, wanted: int) -> None:
        import soxr  # noqa: PLC0415 - numpy comes with it, and few speeches need it

        self._ratio = wanted / rate
        self._stream = soxr.ResampleStream(rate, wanted, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        """Return what is ready, which is somewhat behind."""
        return self._resample(pcm, is_last=False)

    def end(self) -> bytes:
        """Return the rest."""
        return self._resample(b"", is_last=True)

    def sample(self, number: int) -> int:
        """Return where a sample has gone."""
        return round(number * self._ratio)

    def _resample(self, pcm: bytes, *, is_last: bool) -> bytes:
        import numpy as np  # noqa: PLC0415

        samples = np.frombuffer(pcm, dtype="<i2")
        return bytes(self._stream.resample_chunk(samples, last=is_last).astype("<i2").tobytes())


def check_resampling(key: str) -> None:
    """Check that sample rates can be changed.

    Raises:
        SpeechConfigError: What that takes is not installed; the message names `key`.
    """
    if find_spec("soxr") is None:
        raise SpeechConfigError(
            f"{key}: sample rates differ, which needs soxr: install django-sse-pipeline[openai]."
        )
