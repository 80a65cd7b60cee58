"""Opus is a tenth of the samples, and decodes to the same sound with no sample between segments."""

from typing import Any

import numpy as np
import opuslib_next
import pytest

from harness.speech.speech_recorder import SpeechRecorder
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import AudioChunk, SpeechConfigError, TTSStreamer
from sse_pipeline.tts.codecs import OpusCodec, make_codec
from sse_pipeline.tts.results import OPUS_RATE, SegmentOutcome

TEXT = (
    "# A heading\n\nThis is a sentence of some length. And another one!\n\n- An item\n- Two items\n"
)
PACKET = 960


def packets_of(chunk: AudioChunk) -> list[bytes]:
    ends = np.cumsum(chunk.sizes)
    return [chunk.audio[end - size : end] for end, size in zip(ends, chunk.sizes, strict=True)]


def decoded(chunks: list[AudioChunk]) -> Any:
    """Return the samples of a speech: each segment without what comes before and behind it."""
    sound = []
    for segment in dict.fromkeys(chunk.segment for chunk in chunks):
        own = [chunk for chunk in chunks if chunk.segment == segment]
        decoder = opuslib_next.Decoder(OPUS_RATE, 1)
        pcm = b"".join(decoder.decode(each, PACKET) for chunk in own for each in packets_of(chunk))
        begin, samples = own[-1].preskip, own[-1].samples
        assert samples is not None
        assert all(chunk.samples is None for chunk in own[:-1])
        assert len(pcm) // 2 >= begin + samples
        sound.append(np.frombuffer(pcm, "<i2")[begin : begin + samples])
    return np.concatenate(sound)


def speak(**config) -> SpeechRecorder:
    listener = SpeechRecorder(**{"pauses": {}, "fast_start": False, **config})
    assert listener.speak(TEXT).status == "completed"
    return listener


def test_it_decodes_to_the_samples_of_the_speech():
    import soxr

    # eSpeak NG never speaks a text twice to the sample, so the codec gets what it spoke once.
    samples, codec = speak(), make_codec("opus")
    packets = [each for item in samples.heard for each in codec.encode(item)]
    chunks = [each for each in packets if isinstance(each, AudioChunk)]
    pcm = np.frombuffer(b"".join(chunk.audio for chunk in samples.chunks), "<i2")
    expected = soxr.resample(pcm, 22050, OPUS_RATE)
    sound = decoded(chunks)
    # Each segment is rounded to a sample of its own.
    assert abs(len(sound) - len(expected)) <= len(samples.outcomes)
    length = min(len(sound), len(expected))
    assert np.corrcoef(sound[:length], expected[:length])[0, 1] > 0.95
    for shift in (-2 * PACKET, PACKET):  # it is not right by chance
        assert np.corrcoef(np.roll(sound[:length], shift), expected[:length])[0, 1] < 0.5
    size = sum(len(chunk.audio) for chunk in chunks)
    assert size < 6000 * len(sound) / OPUS_RATE


def test_chunks_are_numbered_and_without_a_gap():
    samples, packets = speak(), speak(codec="opus")
    chunks = packets.chunks
    assert {(each.codec, each.sample_rate, each.channels) for each in chunks} == {
        ("opus", 48000, 1)
    }
    for segment in {each.segment for each in chunks}:
        indices = [each.index for each in chunks if each.segment == segment]
        assert indices == [*range(len(indices))]
    ends = [each.start_ms + each.duration_ms for each in chunks]
    assert [each.start_ms for each in chunks[1:]] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(samples.result().duration_ms, abs=300)
    assert all(sum(each.sizes) == len(each.audio) > 0 for each in chunks)


def test_the_first_packets_come_with_the_first_samples():
    first = speak(codec="opus").chunks[0]
    assert (first.index, first.start_ms, first.samples) == (0, 0, None)
    assert len(first.sizes) == pytest.approx(first.duration_ms / 20, abs=4)


def test_a_segment_that_fails_ends_with_its_last_packets_and_one_that_is_cancelled_does_not():
    engine = ScriptedEngine({"late": "late"}, sample_rate=16000)
    listener = SpeechRecorder(engine=engine, codec="opus")
    listener.speak(f"{'One that comes late. ' * 9}\n")
    assert listener.statuses[0] == "failed" or "audio" in listener.statuses
    assert listener.chunks[-1].samples is not None
    codec = OpusCodec()
    chunk = AudioChunk(bytes(100), 1, 0, 48000, 1, 0.0, 1.0)
    assert [*codec.encode(chunk)] == []
    outcome = SegmentOutcome(1, "cancelled", 0, 5)
    assert [*codec.encode(outcome)] == [outcome]


def test_a_wrong_codec_is_refused_by_name():
    with pytest.raises(SpeechConfigError, match="^codec: must be 'pcm_s16le' or 'opus'"):
        TTSStreamer({"codec": "mp3"})


def test_samples_need_no_package():
    chunk = AudioChunk(bytes(100), 1, 0, 48000, 1, 0.0, 1.0)
    assert [*make_codec("pcm_s16le").encode(chunk)] == [chunk]
