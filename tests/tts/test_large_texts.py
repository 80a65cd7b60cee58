"""A large text does not hold up its producer, and a speech that has ended holds nothing."""

import gc
import time
import weakref
from threading import Event

import pytest
import sentencex

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import SpeechEnded, TTSStreamer
from sse_pipeline.tts.speech_loop import speech_loop
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.spoken_spans import SpokenSpan
from sse_pipeline.tts.text_backlog import SLICE, TextBacklog

TEXT = "Here is a sentence of the text, and it is **not** long. " * 7000


def test_a_large_text_does_not_hold_up_its_producer():
    listener = SpeechRecorder(engine=ScriptedEngine())
    listener.speak_line("The first one is slow.")
    begun = time.thread_time()
    listener.streamer.feed(TEXT)
    listener.streamer.flush()
    listener.streamer.feed("More. ")
    listener.streamer.end_input()
    # The time of the processor: other processes do not count. All of it takes seconds.
    assert time.thread_time() - begun < 0.1
    with pytest.raises(SpeechEnded):
        listener.streamer.feed("Too late.")
    listener.streamer.cancel()
    listener.streamer.feed("It is ignored.")
    assert listener.result().status == "cancelled"


def test_a_large_text_is_spoken_to_its_end_and_in_order():
    text = TEXT[: len(TEXT) // 20]
    at_once, in_parts = (
        SpeechRecorder(engine=ScriptedEngine()),
        SpeechRecorder(engine=ScriptedEngine()),
    )
    for start in range(0, len(text), 7):
        in_parts.streamer.feed(text[start : start + 7])
    assert at_once.speak(text).characters_spoken == in_parts.speak().characters_spoken == len(text)
    places = [(each.begin, each.end) for each in at_once.outcomes]
    assert places == [(each.begin, each.end) for each in in_parts.outcomes]
    assert places == sorted(places)


def test_what_is_asked_for_comes_in_order():
    done: list[str] = []
    backlog = TextBacklog(done.append)
    backlog.add("a" * (SLICE + 1))
    backlog.add(lambda: done.append("flush"))
    backlog.add("b")
    backlog.work()
    assert done == ["a" * SLICE]
    backlog.work()
    assert done[1:] == ["a", "flush", "b"]
    assert backlog.is_empty


@pytest.mark.parametrize("end", ["end_input", "cancel"])
def test_a_speech_that_has_ended_does_not_hold_its_callbacks(end):
    class Holder:
        def complete(self) -> None:
            completed.set()

    completed, holder = Event(), Holder()
    is_held = weakref.ref(holder)
    streamer = TTSStreamer({"engine": ScriptedEngine(), "idle_flush": 600.0}, None, holder.complete)
    streamer.feed("Hello there")
    getattr(streamer, end)()
    assert streamer.wait(PATIENCE) is not None
    passed = Event()
    speech_loop().call_soon_threadsafe(passed.set)
    assert passed.wait(PATIENCE)
    del streamer, holder
    gc.collect()
    assert is_held() is None


@pytest.mark.parametrize("piece", ["word ", "pp. 1-", "e.g. ", '"x ', "(a. ", "x", "- "])
def test_the_splitter_reads_each_character_a_bounded_number_of_times(piece):
    def split(language, text):
        read.append(len(text))
        return sentencex.segment(language, text)

    text, read = (piece * 1_000)[:2_000], list[int]()
    segmenter = Segmenter("en", 2_000, splitter=split)
    segments = segmenter.feed([SpokenSpan(text, 0, len(text))]) + segmenter.flush()
    assert "".join(segment.text for segment in segments) == text
    assert sum(read) < 50 * len(text)  # it is 200 to 1,000 if it is asked at each word


def test_a_sentence_that_ends_late_in_a_long_segment_ends_it():
    sentence = "word " * 90 + "end. "
    segmenter = Segmenter("en", 460)
    segments = segmenter.feed([SpokenSpan(sentence * 2, 0, len(sentence) * 2)])
    assert [segment.text for segment in segments + segmenter.flush()] == [sentence, sentence]
