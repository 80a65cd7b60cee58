"""The real eSpeak NG in its real worker process, which is killed and stopped for real."""

import asyncio
import os
import signal
import struct
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import espeakng_loader
import pytest

from sse_pipeline.tts import AudioChunk, EngineFailed, SegmentWords, SpeechConfig, TTSStreamer
from sse_pipeline.tts.engines import Audio, Words, espeak, espeak_worker, worker
from sse_pipeline.tts.engines.worker_process import WorkerProcess
from sse_pipeline.tts.segmentation import Segment

from .speech_listener import PATIENCE, SpeechListener

LONG = "A long sentence that goes on and on, and on again; " * 39


def worker_process() -> WorkerProcess:
    (desk,) = espeak._desks.all()
    assert desk._process is not None
    return desk._process


def worker_pid() -> int:
    return worker_process().pid


def test_a_sentence_is_heard_with_its_words():
    listener = SpeechListener(fast_start=False)
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
    listener = SpeechListener()
    result = listener.speak("Hello, world.")
    pcm = b"".join(chunk.audio for chunk in listener.chunks)
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    assert result.duration_ms == pytest.approx(len(samples) * 1000 / espeak_worker.SAMPLE_RATE)
    assert max(samples) > 1000
    assert min(samples) < -1000
    assert {(chunk.sample_rate, chunk.channels) for chunk in listener.chunks} == {(22050, 1)}


def test_words_come_before_their_audio():
    listener = SpeechListener()
    listener.speak("Number 1234567 is a number, and it is followed by other words.")
    heard = 0.0
    for each in listener.heard:
        if isinstance(each, SegmentWords):
            assert each.words[0].start_ms >= heard - 1e-6
        elif isinstance(each, AudioChunk):
            heard = each.start_ms + each.duration_ms


@pytest.mark.parametrize(("language", "text"), [("zh", "你好。世界。"), ("de", "Guten Tag. Na?")])
def test_other_languages(language, text):
    assert SpeechListener(language=language).speak(text).segments["audio"] == 2


def test_speed_changes_the_length():
    def length(speed):
        return SpeechListener(speed=speed).speak("Some words to be spoken.").duration_ms

    assert length(0.5) > 1.5 * length(1.0) > 2 * length(2.0) > 2.5 * length(4.0)


@pytest.mark.parametrize("text", ["a\0b", "a\x01b", "a\ud800b", "a\u202eb", "<b>&amp;[[a]]"])
def test_odd_characters_do_no_harm(text):
    assert SpeechListener().speak(text).segments["audio"] == 1


def test_streamers_share_one_worker():
    first, second = SpeechListener(), SpeechListener(voice="de")
    first.say("One.")
    pid = worker_pid()
    second.say("Zwei.")
    assert worker_pid() == pid
    first.speak()
    second.speak()


def test_a_worker_killed_in_mid_sentence_costs_that_segment():
    listener = SpeechListener(max_characters=2000, speed=0.5)
    listener.say("One.")
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
    listener = SpeechListener()
    listener.say("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGKILL)
    process._process.wait(PATIENCE)
    assert listener.speak("Two.").segments == {
        "audio": 2,
        "skipped": 0,
        "failed": 0,
        "cancelled": 0,
    }


def test_a_stopped_worker_is_killed_and_replaced():
    listener = SpeechListener(first_audio_timeout=0.5)
    listener.say("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGSTOP)
    assert listener.say("Two.").reason == "the engine gave no audio for 0.5 s"
    assert not process.is_running
    listener.streamer.end_input()
    assert listener.result().segments["failed"] == 1
    assert SpeechListener().speak("Three.").segments["audio"] == 1
    assert worker_process() is not process


def test_a_cancel_in_mid_sentence():
    def stop(chunk: AudioChunk) -> None:
        streamer.cancel()

    streamer = TTSStreamer({"max_characters": 2000, "fast_start": False}, stop)
    streamer.feed(f"{LONG}\nTwo.\n")
    result = streamer.wait(PATIENCE)
    assert result is not None
    assert result.segments["cancelled"] == 2
    assert SpeechListener().speak("Three.").segments["audio"] == 1


async def test_a_segment_that_is_given_up_ends_its_worker():
    engine = espeak.espeak_engine(SpeechConfig())
    async with engine.turn(), aclosing(engine.synthesize(Segment(1, LONG, 0))) as pieces:
        assert isinstance(await anext(pieces), Words)
        process = espeak._desks.find(None).process()
    assert not process.is_running
    async with engine.turn():
        found = [piece async for piece in engine.synthesize(Segment(2, "Two.", 0))]
    assert [type(piece) for piece in found] == [Words, Audio]
    assert espeak._desks.find(None).process() is not process


async def test_a_worker_that_dies_before_it_answers():
    engine = espeak.espeak_engine(SpeechConfig())
    process = espeak._desks.find(None).process()
    os.kill(process.pid, signal.SIGSTOP)
    pieces = engine.synthesize(Segment(1, "One.", 0))
    answer = asyncio.ensure_future(anext(pieces))
    await asyncio.sleep(0)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(EngineFailed, match="ended"):
        await answer


async def test_a_refusal_of_the_worker_is_told():
    process = espeak._desks.find(None).process()
    with pytest.raises(EngineFailed, match="no such voice"):
        _ = [sound async for sound in process.speak(request("nobody", "Hello"))]
    assert process.is_running


def test_a_worker_that_can_not_be_started_fails_the_segment(monkeypatch):
    listener = SpeechListener()
    listener.say("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGKILL)
    process._process.wait(PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        assert listener.say("Two.").reason == "the speech worker can't be started"
    assert listener.speak("Three.").segments["audio"] == 2


def request(voice: str, text: str) -> bytes:
    return espeak_worker.REQUEST.pack(175, len(voice)) + voice.encode() + text.encode()


def program(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", worker.__file__, espeak_worker.__file__, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)


PATHS = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()


def test_the_worker_ends_with_its_input():
    with program(*PATHS) as process:
        out, errors = process.communicate(timeout=PATIENCE)
    assert (out, errors, process.returncode) == (b"", b"", 0)


def test_the_worker_ends_when_no_one_listens():
    with program(*PATHS) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        body = request("en", LONG)
        process.stdin.write(worker.REQUEST.pack(len(body)) + body)
        process.stdin.flush()
        assert process.wait(PATIENCE) == 1


def test_the_worker_says_why_it_does_not_start():
    with program(PATHS[0], "/nowhere") as process:
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"did not start" in errors


PROGRAM = """
import logging, os, signal, sys
from threading import Event
from sse_pipeline.tts import TTSStreamer
from sse_pipeline.tts.engines import espeak

logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of a machine that is busy

def speak(text):
    streamer = TTSStreamer(None)
    streamer.feed(text)
    streamer.end_input()
    assert streamer.wait(30).status == "completed"
    (desk,) = espeak._desks.all()
    return desk._process.pid

first = speak("Hello.")
assert "django" not in sys.modules
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end and that of all that shares its standard error: its worker too."""
    warnings = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    command = [sys.executable, "-X", "dev", *warnings, "-c", PROGRAM + program]
    root = Path(__file__).parent.parent
    return subprocess.run(
        command, capture_output=True, text=True, cwd=root, timeout=60, check=False
    )


def test_no_worker_outlives_a_process_that_is_killed():
    assert run("os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL


def test_a_process_ends_cleanly_in_the_middle_of_speech():
    done = run("streamer = TTSStreamer(None); streamer.feed('A word. ' * 200)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_forked_child_has_a_worker_of_its_own():
    done = run("""
child = os.fork()
if not child:
    assert speak("Child.") != first
    print("child", flush=True)
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert speak("Parent.") == first
print("parent")
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "child\nparent\n", "")


def test_a_forked_child_does_not_keep_the_worker_alive():
    done = run("""
import select
worker = os.pidfd_open(first)
if not os.fork():
    ended, _, _ = select.select([worker], [], [], 30)
    print("ended" if ended else "alive", flush=True)
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
""")
    assert done.stdout == "ended\n"
