"""The real eSpeak NG in its real worker process, which is killed and stopped for real."""

import asyncio
import os
import signal
import struct
import sys
from contextlib import aclosing

import pytest

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder
from sse_pipeline.tts import AudioChunk, EngineFailed, SegmentWords, SpeechConfig, TTSStreamer
from sse_pipeline.tts.engines import Audio, Words
from sse_pipeline.tts.engines.espeak.espeak_engine import (
    espeak_worker_of_this_loop,
    espeak_workers_of_this_process,
    make_espeak_engine,
)
from sse_pipeline.tts.engines.espeak.espeak_worker import SAMPLE_RATE
from sse_pipeline.tts.engines.workers.worker_process import WorkerProcess
from sse_pipeline.tts.text.segments import Segment

LONG = "A long sentence that goes on and on, and on again; " * 39


def worker_process() -> WorkerProcess:
    (worker,) = espeak_workers_of_this_process()
    assert worker.current_process is not None
    return worker.current_process


def worker_pid() -> int:
    return worker_process().pid


def test_a_sentence_is_heard_with_its_words():
    listener = SpeechRecorder(fast_start=False)
    text = "Dr. Smith paid $3.50, in 1984. \U0001f600 It was “enough”, cafe\u0301s!"
    result = listener.speak(*text)
    assert result.status == "completed"
    assert listener.statuses == ["audio"] * 2
    assert result.characters_spoken == len(text)
    assert result.duration_ms > 3000
    spoken = {word.word for word in listener.words}
    assert {"Doctor", "Smith", "enough"} <= spoken
    displayed = {text[word.begin : word.end] for word in listener.words}
    assert {"Dr.", "Smith", "1984", "enough"} <= displayed
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= result.duration_ms + 1e-6
    places = [(word.begin, word.end) for word in listener.words]
    assert places == sorted(places)


def test_the_audio_is_sound_to_the_sample():
    listener = SpeechRecorder()
    result = listener.speak("Hello, world.")
    pcm = b"".join(chunk.audio for chunk in listener.chunks)
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    assert result.duration_ms == pytest.approx(len(samples) * 1000 / SAMPLE_RATE)
    assert max(samples) > 1000
    assert min(samples) < -1000
    assert {(chunk.sample_rate, chunk.channels) for chunk in listener.chunks} == {(22050, 1)}


def test_words_come_before_their_audio():
    listener = SpeechRecorder()
    listener.speak("Number 1234567 is a number, and it is followed by other words.")
    heard = 0.0
    for each in listener.heard:
        if isinstance(each, SegmentWords):
            assert each.words[0].start_ms >= heard - 1e-6
        elif isinstance(each, AudioChunk):
            heard = each.start_ms + each.duration_ms


@pytest.mark.parametrize(("language", "text"), [("zh", "你好。世界。"), ("de", "Guten Tag. Na?")])
def test_other_languages(language, text):
    assert SpeechRecorder(language=language).speak(text).segments["audio"] == 2


def test_speed_changes_the_length():
    def length(speed):
        return SpeechRecorder(speed=speed).speak("Some words to be spoken.").duration_ms

    assert length(0.5) > 1.5 * length(1.0) > 2 * length(2.0) > 2.5 * length(4.0)


@pytest.mark.parametrize("text", ["a\0b", "a\x01b", "a\ud800b", "a\u202eb", "<b>&amp;[[a]]"])
def test_odd_characters_do_no_harm(text):
    assert SpeechRecorder().speak(text).segments["audio"] == 1


def test_streamers_share_one_worker():
    first, second = SpeechRecorder(), SpeechRecorder(voice="de")
    first.speak_line("One.")
    pid = worker_pid()
    second.speak_line("Zwei.")
    assert worker_pid() == pid
    first.speak()
    second.speak()


def test_a_worker_killed_in_mid_sentence_costs_that_segment():
    listener = SpeechRecorder(max_characters=2000, speed=0.5)
    listener.speak_line("One.")
    pid = worker_pid()
    listener.sounded.clear()
    listener.streamer.feed(f"{LONG}\n")
    assert listener.sounded.wait(PATIENCE)
    os.kill(pid, signal.SIGKILL)
    assert listener.speak("Three.").status == "completed"
    assert listener.statuses == ["audio", "failed", "audio"]
    assert listener.outcomes[1].reason == "the speech worker ended"
    assert listener.outcomes[1].duration_ms > 0
    assert worker_pid() != pid


def test_a_worker_killed_between_sentences_costs_nothing():
    listener = SpeechRecorder()
    listener.speak_line("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    assert listener.speak("Two.").segments == {
        "audio": 2,
        "skipped": 0,
        "failed": 0,
        "cancelled": 0,
    }


def test_a_stopped_worker_is_killed_and_replaced():
    listener = SpeechRecorder(first_audio_timeout=1)
    listener.speak_line("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGSTOP)
    assert listener.speak_line("Two.").reason == "the engine gave no audio for 1 s"
    assert not process.is_running
    listener.streamer.end_input()
    assert listener.result().segments["failed"] == 1
    assert SpeechRecorder().speak("Three.").segments["audio"] == 1
    assert worker_process() is not process


def test_a_cancel_in_mid_sentence():
    def stop(chunk: AudioChunk) -> None:
        streamer.cancel()

    streamer = TTSStreamer({"max_characters": 2000, "fast_start": False}, stop)
    streamer.feed(f"{LONG}.\nTwo.\n")
    result = streamer.wait(PATIENCE)
    assert result is not None
    assert result.segments["cancelled"] == 2
    assert SpeechRecorder().speak("Three.").segments["audio"] == 1


async def test_a_segment_that_is_given_up_ends_its_worker():
    engine = make_espeak_engine(SpeechConfig())
    async with engine.turn(), aclosing(engine.synthesize(Segment(1, LONG, 0))) as pieces:
        assert isinstance(await anext(pieces), Words)
        process = espeak_worker_of_this_loop().process()
    assert not process.is_running
    async with engine.turn():
        found = [piece async for piece in engine.synthesize(Segment(2, "Two.", 0))]
    assert [type(piece) for piece in found] == [Words, Audio]
    assert espeak_worker_of_this_loop().process() is not process


async def test_a_worker_that_dies_before_it_answers():
    engine = make_espeak_engine(SpeechConfig())
    process = espeak_worker_of_this_loop().process()
    os.kill(process.pid, signal.SIGSTOP)
    pieces = engine.synthesize(Segment(1, "One.", 0))
    answer = asyncio.ensure_future(anext(pieces))
    await asyncio.sleep(0)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(EngineFailed, match="ended"):
        await answer


def test_a_worker_that_can_not_be_started_fails_the_segment(monkeypatch):
    listener = SpeechRecorder()
    listener.speak_line("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        assert listener.speak_line("Two.").reason == "the speech worker can't be started"
    assert listener.speak("Three.").segments["audio"] == 2
