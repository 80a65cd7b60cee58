"""Decodes the response of a speech server into samples at the rate of the engine."""

import io
import sys
import wave
from array import array

from sse_pipeline.tts.engines.resampling import Resampler
from sse_pipeline.tts.errors import EngineFailed
from sse_pipeline.tts.results import SAMPLE_BYTES

#: The longest header of a WAV that is awaited, in bytes.
_HEADER = 64 * 1024
#: A server that sends audio while it is made does not know its length. Its header then says 0, or a
#: number from here on.
_UNKNOWN = 0x7FFF0000
#: Audio without a louder sample is not speech.
_QUIET = 32

_UNREADABLE = "the speech server's WAV can't be read"


class ResponseDecoder:
    """Decodes one body of PCM or WAV, mono and 16-bit.

    A body that begins as a WAV is read as one, whatever its server calls it. The half of a sample
    at the end of PCM is dropped.

    Raises:
        EngineFailed: The body is cut or silent, or has another format.
    """

    def __init__(self, *, is_wav: bool, rate: int, wanted: int) -> None:
        self._wanted = wanted
        self._pending = b""
        self._left: int | None = None
        self._is_wav: bool | None = is_wav or None
        self._is_open = False
        self._rate = rate
        self._is_begun = False
        self._is_heard = False
        self._resampler: Resampler | None = None

    def feed(self, data: bytes) -> bytes:
        """Return the samples that are ready."""
        data = self._pending + data
        if not self._is_open:
            data = self._open(data)
        if self._left is not None:
            data = data[: self._left]
        whole = len(data) // SAMPLE_BYTES * SAMPLE_BYTES if self._is_open else 0
        data, self._pending = data[:whole], data[whole:]
        if self._left is not None:
            self._left -= whole
        self._note_sound(data)
        return self._resampler.feed(data) if self._resampler else data

    def end(self) -> bytes:
        """Check that the body was whole; return the rest of the samples."""
        if not self._is_open and not self._is_wav:
            self._open_pcm()  # it was too short to tell
        if self._left or (self._pending and not self._is_open):
            raise EngineFailed("the speech server's audio was cut")
        if not self._is_begun:
            raise EngineFailed("the speech server sent no audio")
        rest = self._resampler.end() if self._resampler else b""
        if not self._is_heard:
            raise EngineFailed("the speech server's audio is silent")
        return rest

    def _open(self, data: bytes) -> bytes:
        """Read the header when it is complete; return the data behind it."""
        if self._is_wav is None:
            self._is_wav = _is_wav(data)
        if self._is_wav is False:
            self._open_pcm()
            return data
        begin = _samples_begin(data) if self._is_wav else None
        if begin is None:
            if len(data) > _HEADER:
                raise EngineFailed("the speech server's WAV has no audio")
            return data
        self._open_wav(data[:begin])
        return data[begin:]

    def _open_pcm(self) -> None:
        self._is_open = True
        self._resampler = self._resampler_from(self._rate)

    def _open_wav(self, data: bytes) -> None:
        try:
            with wave.open(io.BytesIO(data)) as header:
                kind = header.getnchannels(), header.getsampwidth()
                rate, size = header.getframerate(), header.getnframes() * header.getsampwidth()
        except (EOFError, wave.Error) as error:
            raise EngineFailed(_UNREADABLE) from error
        if kind != (1, SAMPLE_BYTES):
            raise EngineFailed("the speech server's WAV is not of one channel with 16 bits")
        self._is_open = True
        self._left = size if 0 < size < _UNKNOWN else None
        self._resampler = self._resampler_from(rate)

    def _resampler_from(self, rate: int) -> Resampler | None:
        return None if rate == self._wanted else Resampler(rate, self._wanted)

    def _note_sound(self, pcm: bytes) -> None:
        if self._is_heard or not pcm:
            return
        self._is_begun = True
        samples = array("h", pcm)
        if sys.byteorder == "big":
            samples.byteswap()
        self._is_heard = max(samples) > _QUIET or min(samples) < -_QUIET


def _is_wav(data: bytes) -> bool | None:
    """Return whether a body begins as a WAV; None if more of it is needed."""
    start = data[:4], data[8:12]
    if start == (b"RIFF", b"WAVE"):
        return True
    return None if b"RIFF".startswith(start[0]) and b"WAVE".startswith(start[1]) else False


def _samples_begin(data: bytes) -> int | None:
    """Return where the samples of a WAV begin, or None if its header is not complete."""
    if _is_wav(data) is False:
        raise EngineFailed(_UNREADABLE)
    place = 12  # after "RIFF", a length and "WAVE" come chunks: a name, a length, the content
    while len(data) >= place + 8:
        if data[place : place + 4] == b"data":
            return place + 8
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    return None
