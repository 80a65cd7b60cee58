"""Encodes the audio of a speech for its callbacks: as samples, or as packets of Opus."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, Protocol

from sse_pipeline.tts.engines.resampling import Resampler
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.results import (
    OPUS,
    OPUS_RATE,
    SAMPLE_BYTES,
    AudioChunk,
    CallbackItem,
    SegmentOutcome,
)

#: The samples of a packet: 20 ms.
_PACKET = 960
_BITRATE = 24_000
#: Of 10. More costs processor time, and speech sounds the same.
_COMPLEXITY = 5


class Codec(Protocol):
    """Turns what a speech gives to its callbacks into what they get."""

    def encode(self, item: CallbackItem) -> Iterator[CallbackItem]:
        """Yield what the callbacks get for an item, in order."""


class SampleCodec:
    """Leaves the samples as they are."""

    def encode(self, item: CallbackItem) -> Iterator[CallbackItem]:
        """Yield the item."""
        yield item


class OpusCodec:
    """Encodes each segment by itself, so that a reader can begin with any of them."""

    def __init__(self) -> None:
        self._segment: OpusSegment | None = None

    def encode(self, item: CallbackItem) -> Iterator[CallbackItem]:
        """Yield the item with packets for samples; yield the last packets before an outcome."""
        if isinstance(item, AudioChunk):
            self._segment = self._segment or OpusSegment(item.sample_rate)
            yield from self._segment.encode(item)
            return
        if isinstance(item, SegmentOutcome):
            segment, self._segment = self._segment, None
            if segment is not None and item.status != "cancelled":
                yield segment.end()
        yield item


class OpusSegment:
    """The packets of one segment. A chunk has all packets that were complete with its samples."""

    def __init__(self, rate: int) -> None:
        opus = _load_opus()
        self._encoder = opus.Encoder(OPUS_RATE, 1, "audio")
        self._encoder.bitrate, self._encoder.complexity = _BITRATE, _COMPLEXITY
        #: The decoder starts with so many samples that are not of the segment.
        self._preskip: int = self._encoder.lookahead
        self._resampler = None if rate == OPUS_RATE else Resampler(rate, OPUS_RATE)
        self._pending = b""
        self._samples = self._index = 0
        #: The last chunk that came, and the time for which no packet was complete yet.
        self._last: AudioChunk | None = None
        self._waiting_ms = 0.0

    def encode(self, chunk: AudioChunk) -> Iterator[AudioChunk]:
        """Yield the packets that are complete, as one chunk, if there are any."""
        self._last = chunk
        self._waiting_ms += chunk.duration_ms
        pcm = self._resampler.feed(chunk.audio) if self._resampler else chunk.audio
        self._samples += len(pcm) // SAMPLE_BYTES
        if packets := self._packets(pcm):
            yield self._chunk(packets)

    def end(self) -> AudioChunk:
        """Return the last packets, and how many samples the segment has."""
        pcm = self._resampler.end() if self._resampler else b""
        self._samples += len(pcm) // SAMPLE_BYTES
        size = len(self._pending) + len(pcm) + self._preskip * SAMPLE_BYTES
        packet = _PACKET * SAMPLE_BYTES
        pcm += bytes(self._preskip * SAMPLE_BYTES + -size % packet)
        return replace(self._chunk(self._packets(pcm)), samples=self._samples)

    def _packets(self, pcm: bytes) -> list[bytes]:
        data, size = self._pending + pcm, _PACKET * SAMPLE_BYTES
        whole = len(data) // size * size
        self._pending = data[whole:]
        return [
            self._encoder.encode(data[start : start + size], _PACKET)
            for start in range(0, whole, size)
        ]

    def _chunk(self, packets: list[bytes]) -> AudioChunk:
        assert self._last is not None
        waiting, self._waiting_ms = self._waiting_ms, 0.0
        chunk = replace(
            self._last,
            audio=b"".join(packets),
            index=self._index,
            sample_rate=OPUS_RATE,
            start_ms=self._last.start_ms + self._last.duration_ms - waiting,
            duration_ms=waiting,
            codec=OPUS,
            sizes=tuple(map(len, packets)),
            preskip=self._preskip,
        )
        self._index += 1
        return chunk


def make_codec(name: str) -> Codec:
    """Return the codec of a name.

    Raises:
        SpeechConfigError: A package is not installed, or does not run on this platform.
    """
    if name != OPUS:
        return SampleCodec()
    _load_opus()
    return OpusCodec()


def _load_opus() -> Any:
    try:
        for package in ("soxr", "numpy"):
            import_module(package)
        return import_module("opuslib_next")
    except ModuleNotFoundError as error:
        raise SpeechConfigError(
            f"codec: 'opus' needs {error.name}: install django-sse-pipeline[opus]; "
            "there may be no wheel of it for this platform"
        ) from error
    except Exception as error:
        raise SpeechConfigError(f"codec: 'opus' does not run on this platform: {error}") from error
