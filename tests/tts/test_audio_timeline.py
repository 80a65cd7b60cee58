"""Segments follow one another without a gap, to the sample."""

import pytest

from sse_pipeline.tts import AudioChunk, SegmentWords
from sse_pipeline.tts.buffer.audio_timeline import AudioTimeline
from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.results import CHUNK_BYTES
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.spoken_spans import SpokenSpan

FIRST, SECOND = Segment(1, "Hello. ", 0), Segment(2, "World", 7)


def chunks_of(timeline: AudioTimeline, segment: Segment, pcm: bytes) -> list[AudioChunk]:
    placed = timeline.place(segment, Audio(pcm))
    return [chunk for chunk in placed if isinstance(chunk, AudioChunk)]


def test_chunks_are_bounded_numbered_and_gapless():
    timeline = AudioTimeline(22050, None)
    pcm = bytes(range(256)) * 300
    chunks = chunks_of(timeline, FIRST, pcm) + chunks_of(timeline, FIRST, pcm[:2])
    assert b"".join(chunk.audio for chunk in chunks) == pcm + pcm[:2]
    assert [chunk.index for chunk in chunks] == [0, 1, 2, 3]
    assert all(len(chunk.audio) <= CHUNK_BYTES for chunk in chunks)
    samples = 0
    for chunk in chunks:
        assert chunk.start_ms == samples * 1000 / 22050
        samples += len(chunk.audio) // 2
    assert sum(chunk.duration_ms for chunk in chunks) == pytest.approx(samples / 22.05)
    timeline.end_segment()
    (chunk,) = chunks_of(timeline, SECOND, b"\0\0")
    assert (chunk.segment, chunk.index, chunk.start_ms) == (2, 0, samples * 1000 / 22050)


def test_words_are_placed_in_the_whole_speech_and_text():
    timeline = AudioTimeline(1000, "native")
    assert len([*timeline.place(FIRST, Audio(b"\0\0" * 500))]) == 1
    timeline.end_segment()
    (found,) = timeline.place(SECOND, Words((TimedWord(1, 3, 20, 90),)))
    assert isinstance(found, SegmentWords)
    assert (found.segment, found.source) == (2, "native")
    (word,) = found.words
    assert (word.word, word.start_ms, word.end_ms, word.begin, word.end) == ("or", 520, 590, 8, 10)


def test_words_of_an_engine_without_word_times_are_dropped():
    assert [*AudioTimeline(1000, None).place(FIRST, Words((TimedWord(0, 1, 0, 1),)))] == []


def test_words_say_where_their_own_times_come_from():
    (found,) = AudioTimeline(1000).place(FIRST, Words((TimedWord(0, 1, 0, 1),), "estimated"))
    assert isinstance(found, SegmentWords)
    assert found.source == "estimated"


def test_words_never_go_back():
    timeline = AudioTimeline(1000, "native")
    (found,) = timeline.place(FIRST, Words((TimedWord(0, 2, 50, 60), TimedWord(2, 4, 40, 30))))
    assert isinstance(found, SegmentWords)
    assert [(word.start_ms, word.end_ms) for word in found.words] == [(50, 60), (50, 50)]


def test_words_are_displayed_where_their_pieces_are():
    pieces = (
        SpokenSpan("", 0, 2),
        SpokenSpan("Hello", 2, 7),
        SpokenSpan("three dollars", 7, 9, is_reworded=True),
    )
    segment = Segment(1, "Hellothree dollars", 0, pieces)
    (found,) = AudioTimeline(1000, "native").place(
        segment, Words((TimedWord(1, 5, 0, 1), TimedWord(5, 10, 1, 2), TimedWord(11, 18, 2, 3)))
    )
    assert isinstance(found, SegmentWords)
    assert [(word.word, word.begin, word.end) for word in found.words] == [
        ("ello", 3, 7), ("three", 7, 9), ("dollars", 7, 9),
    ]  # fmt: skip
