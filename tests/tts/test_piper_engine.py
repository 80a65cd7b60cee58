"""The real Piper with a real voice in its real worker process, which is killed for real."""

import asyncio
import json
import os
import signal
from contextlib import aclosing
from pathlib import Path

import pytest

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder
from harness.waiting import until
from sse_pipeline.tts import (
    SegmentWords,
    SpeechConfig,
    SpeechConfigError,
    SpeechPolicy,
    TTSStreamer,
)
from sse_pipeline.tts.engines import Words
from sse_pipeline.tts.engines.piper.piper_engine import (
    PiperEngine,
    make_piper_engine,
    piper_workers_of_this_process,
    words_of_sound,
)
from sse_pipeline.tts.engines.workers.worker_process import WorkerProcess
from sse_pipeline.tts.text.segments import Segment

pytestmark = pytest.mark.processes

VOICE = "en_US-joe-medium"


def listen(**config) -> SpeechRecorder:
    limits = ("first_audio_timeout", "chunk_timeout", "segment_timeout")
    patience = dict.fromkeys(limits, 60.0)
    return SpeechRecorder(engine="piper", **{"fast_start": False, **patience, **config})


def worker_process() -> WorkerProcess:
    (worker,) = piper_workers_of_this_process()
    assert worker.current_process is not None
    return worker.current_process


def test_a_sentence_is_heard_with_its_words_in_their_places():
    listener = listen()
    text = "Mary Smith paid a lot for the book, in the end."
    result = listener.speak(text)
    assert (result.status, listener.statuses) == ("completed", ["audio"])
    assert 2000 < result.duration_ms < 8000
    assert {(chunk.sample_rate, chunk.channels) for chunk in listener.chunks} == {(22050, 1)}
    pcm = b"".join(chunk.audio for chunk in listener.chunks)
    assert max(abs(sample) for sample in memoryview(pcm).cast("h")) > 10000
    assert [word.word for word in listener.words] == text.replace(",", "").replace(".", "").split()
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= result.duration_ms
    assert {each.source for each in listener.heard if isinstance(each, SegmentWords)} == {"aligned"}
    book, after = listener.words[7:9]
    assert (book.word, after.word) == ("book", "in")
    assert after.start_ms - book.start_ms > 150  # 279 to 360 of 150 runs: the voice varies


def test_a_segment_of_two_sentences_has_the_pause_between_them():
    listener = listen(min_characters=25)
    listener.speak("Yes, I do. And you do not.")
    assert listener.statuses == ["audio"]
    words = {word.word: word for word in listener.words}
    assert words["And"].start_ms - words["I"].end_ms > 200


async def test_an_abbreviation_does_not_cut_a_sentence():
    engine = make_piper_engine(SpeechConfig(engine="piper"))
    text = "Dr. Smith met e.g. Prof. Jones."
    async with engine.turn():
        pieces = [piece async for piece in engine.synthesize(Segment(1, text, 0))]
    (words,) = (piece for piece in pieces if isinstance(piece, Words))
    assert len(pieces) == 2
    assert [text[word.begin : word.end] for word in words.words] == [
        "Dr", "Smith", "met", "e.g", "Prof", "Jones",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a\x01b", "a\ud800b", "[[a]] b", "\u202ea", "A " * 400])
def test_odd_text_does_no_harm(text):
    assert listen(max_characters=2000).speak(text).status == "completed"


def test_speed_changes_the_length():
    def length(speed):
        return listen(speed=speed).speak("Some words to be spoken.").duration_ms

    assert length(0.5) > 1.3 * length(1.0) > 1.6 * length(2.0)


def test_a_worker_that_is_killed_costs_its_segment():
    listener = listen()
    listener.speak_line("One.")
    process = worker_process()
    os.kill(process.pid, signal.SIGSTOP)
    listener.settled.clear()
    listener.streamer.feed("This is two.\n")
    until(lambda: process.asked > process.answered, PATIENCE)
    os.kill(process.pid, signal.SIGKILL)
    assert listener.settled.wait(PATIENCE)
    assert listener.outcomes[-1].reason == "the speech worker ended"
    assert listener.speak("Three.").segments["audio"] == 2
    assert worker_process() is not process


async def spoken(engine: PiperEngine, text: str) -> int:
    async with engine.turn():
        return len([piece async for piece in engine.synthesize(Segment(1, text, 0))])


async def give_up(engine: PiperEngine) -> None:
    text = "A sentence that is given up in the middle of the run of the model. " * 3
    with pytest.raises(TimeoutError):
        async with (
            engine.turn(),
            asyncio.timeout(0.02),
            aclosing(engine.synthesize(Segment(1, text, 0))) as pieces,
        ):
            await anext(pieces)


async def test_a_segment_that_is_given_up_does_not_cost_the_worker():
    engine = make_piper_engine(SpeechConfig(engine="piper"), patience=PATIENCE)
    assert await spoken(engine, "One.") == 2
    process = engine.worker_of_this_loop().process()
    await give_up(engine)
    assert await spoken(engine, "Two.") == 2
    assert engine.worker_of_this_loop().process() is process


async def test_a_worker_that_hangs_is_killed_and_the_next_segment_spoken():
    engine = make_piper_engine(SpeechConfig(engine="piper"), patience=0.1)
    assert await spoken(engine, "One.") == 2
    process = engine.worker_of_this_loop().process()
    os.kill(process.pid, signal.SIGSTOP)
    await give_up(engine)
    assert await spoken(engine, "Two.") == 2
    assert not process.is_running


def test_a_voice_is_found_by_its_name_or_language():
    by_name = make_piper_engine(SpeechConfig(engine="piper", voice=VOICE))
    assert by_name == make_piper_engine(SpeechConfig(engine="piper"))
    assert make_piper_engine(SpeechConfig(engine="piper", language="en-GB")).model == by_name.model
    assert Path(by_name.model).name == f"{VOICE}.onnx"


def test_a_voice_is_found_in_a_folder(tmp_path):
    document = {
        "audio": {"sample_rate": 16000},
        "espeak": {"voice": "de"},
        "speaker_id_map": {"anna": 0, "bernd": 1},
    }
    (tmp_path / "de_DE-choir.onnx").touch()
    (tmp_path / "de_DE-choir.onnx.json").write_text(json.dumps(document))
    (tmp_path / "broken.onnx.json").write_text("[]")
    options = {"folder": str(tmp_path), "speaker": "bernd"}
    engine = make_piper_engine(
        SpeechConfig(
            engine="piper", language="de", options=options,
            policy=SpeechPolicy(folders=[str(tmp_path.parent)]),
        )
    )  # fmt: skip
    assert (engine.sample_rate, engine.language, engine.speaker) == (16000, "de", 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("voice", "nobody"),
        ("voice", "/etc/passwd"),
        ("language", "tlh"),
        ("options.folder", "voices"),
        ("options.folder", 7),
        ("options.speaker", "anna"),
        ("options.more", 1),
    ],
)
def test_a_refusal_names_the_key(key, value):
    name, _, option = key.partition(".")
    with pytest.raises(SpeechConfigError, match=rf"^{key}: "):
        TTSStreamer({"engine": "piper", name: {option: value} if option else value})


def all_but(missing: str):
    """Return a function that finds every package but one."""
    return lambda name: None if name == missing else object()


def test_what_is_not_installed_is_named():
    with pytest.raises(SpeechConfigError, match=r"^engine: 'piper' needs .*\[piper\]"):
        make_piper_engine(SpeechConfig(engine="piper"), find=all_but("piper"))


def test_words_are_estimated_where_the_model_does_not_tell():
    engine = make_piper_engine(SpeechConfig(engine="piper"), find=all_but("onnx"))
    assert engine.word_source == "estimated"
    words = words_of_sound(4, "one two", 100, [], b"\0\0" * 600)
    assert words.source == "estimated"
    assert [(word.begin, word.start_sample) for word in words.words] == [(4, 100), (8, 400)]
