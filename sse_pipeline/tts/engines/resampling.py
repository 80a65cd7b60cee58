"""Changes the sample rate of audio that comes in parts."""

from collections.abc import Callable
from importlib.util import find_spec

from sse_pipeline.tts.errors import SpeechConfigError


class Resampler:
    """Takes mono samples, signed 16-bit little-endian, at one rate and returns them at another."""

    def __init__(self, rate: int, wanted: int) -> None:
        import soxr  # noqa: PLC0415 - it imports numpy, and few speeches need it

        self._ratio = wanted / rate
        self._stream = soxr.ResampleStream(rate, wanted, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        """Return the samples that are ready. The filter holds the last ones back."""
        return self._resample(pcm, is_last=False)

    def end(self) -> bytes:
        """Return the rest."""
        return self._resample(b"", is_last=True)

    def new_sample(self, number: int) -> int:
        """Return the number that a sample has at the new rate."""
        return round(number * self._ratio)

    def _resample(self, pcm: bytes, *, is_last: bool) -> bytes:
        import numpy as np  # noqa: PLC0415

        samples = np.frombuffer(pcm, dtype="<i2")
        return bytes(self._stream.resample_chunk(samples, last=is_last).astype("<i2").tobytes())


def check_resampling(key: str, find: Callable[[str], object] = find_spec) -> None:
    """Check that sample rates can be changed. `find` returns None for a missing package.

    Raises:
        SpeechConfigError: A package is not installed. The message starts with `key`.
    """
    if find("soxr") is None:
        raise SpeechConfigError(
            f"{key}: sample rates differ, which needs soxr: install django-sse-pipeline[openai]"
        )
