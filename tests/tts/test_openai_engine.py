"""A real speech server on loopback that does everything wrong, and some things right."""

import asyncio
from contextlib import aclosing

import pytest

from harness.speech.fake_speech_server import (
    CHARACTER,
    SAMPLE_RATE,
    SECRET,
    FakeSpeechServer,
    serve_speech,
    tone,
    wav,
)
from harness.speech.speech_recorder import PATIENCE, SpeechRecorder
from sse_pipeline.tts import (
    EngineFailed,
    SpeechConfig,
    SpeechConfigError,
    SpeechPolicy,
    TTSStreamer,
)
from sse_pipeline.tts.engines import Audio, Words
from sse_pipeline.tts.engines.openai.openai_audio import ResponseDecoder
from sse_pipeline.tts.engines.openai.openai_engine import make_openai_engine
from sse_pipeline.tts.text.segments import Segment


@pytest.fixture(scope="module")
def speech_server():
    with serve_speech() as server:
        yield server


@pytest.fixture
def server(speech_server):
    speech_server.requests.clear()
    speech_server.left.clear()
    return speech_server


def listen(server: FakeSpeechServer, **config) -> SpeechRecorder:
    options = {"base_url": server.url, **config.pop("options", {})}
    config = {"fast_start": False, "breaker_failures": 1000, **config}
    return SpeechRecorder(policy=server.policy, engine="openai", options=options, **config)


@pytest.mark.parametrize(
    "text",
    [
        "It comes with a length.",
        "It comes in pieces of some length, and the last one is small.",
        "It comes in events, with a ping between them.",
        "It comes as unnamed bytes.",
        "It comes as a wave with something behind it.",
        "It comes as an endless wave.",
        "It comes as a slower wave.",
        "It comes as a wave in crumbs.",
        "It comes as a wave that calls itself pcm.",
        "It comes as a wave without a name.",
        "It comes as a wave in events.",
        "It comes with an odd byte behind it.",
        "It comes as an endless odd wave.",
    ],
)
def test_each_form_is_heard_to_the_sample(server, text):
    listener = listen(server)
    result = listener.speak(text)
    assert (result.status, listener.statuses) == ("completed", ["audio"])
    assert result.duration_ms == pytest.approx(len(text) * 1000 * CHARACTER / SAMPLE_RATE)
    assert {chunk.sample_rate for chunk in listener.chunks} == {SAMPLE_RATE}
    assert [word.word for word in listener.words][:2] == ["It", "comes"]
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= result.duration_ms


STALLED = {"first_audio_timeout": 1, "chunk_timeout": 1}
CUT = "the speech server's audio was cut"
UNREADABLE = "the speech server's events can't be read"
FAULTS = {
    "stall at once": "the engine gave no audio for 1 s",
    "stall after the headers": "the engine gave no audio for 1 s",
    "stall in the middle": "the engine fell silent for 1 s",
    "drip": "the engine took more than 2 s",
    "endless": "the engine does not come to an end",
    "cut below its length": CUT,
    "cut in its chunks": CUT,
    "cut at once": CUT,
    "empty": "the speech server sent no audio",
    "a document": "the speech server sent application/json, not PCM or WAV",
    "a page": "the speech server sent text/html, not PCM or WAV",
    "unauthorized": "the speech server refused the key (401)",
    "too many": "the speech server is asked too much (429)",
    "a failure": "the speech server has failed (500)",
    "unknown": "the speech server refused (404)",
    "events without an end": CUT,
    "events with an error": "the speech server reported an error",
    "events with a refusal": "the speech server reported an error",
    "events that break": UNREADABLE,
    "events of numbers": UNREADABLE,
    "events in no base": UNREADABLE,
    "short": "the engine cut the segment short",
    "silent": "the speech server's audio is silent",
    "as a stereo wave": "the speech server's WAV is not of one channel with 16 bits",
    "as a cut wave": CUT,
    "as a broken wave": "the speech server's WAV can't be read",
}


@pytest.fixture(scope="module", autouse=True)
def spoken_once():
    """Import the client once, so that no test counts the time of the import."""
    with serve_speech() as server:
        assert listen(server).speak("Hello.").status == "completed"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_its_segment_and_says_why(server, fault):
    limits = {"drip": {"segment_timeout": 2}, "stall": STALLED}
    listener = listen(server, in_flight=1, **limits.get(fault.split()[0], {}))
    lost = listener.speak_line(f"This one is {fault}")
    assert (lost.status, lost.reason) == ("failed", FAULTS[fault])
    assert listener.speak_line("The next one.").status == "audio"
    listener.streamer.end_input()
    result = listener.result()
    assert result.segments["failed"] == result.segments["audio"] == 1
    assert SECRET not in "".join(listener.notes)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["stall at once", "stall in the middle", "endless"])
def test_a_segment_that_is_given_up_lets_the_server_go(server, fault):
    listener = listen(server, **STALLED)
    assert listener.speak_line(f"This one is {fault}").status == "failed"
    assert server.left.wait(PATIENCE)
    listener.speak()


def test_a_cancel_lets_the_server_go(server):
    listener = listen(server)
    listener.streamer.feed("We stall in the middle.\n")
    assert listener.sounded.wait(PATIENCE)
    listener.streamer.cancel()
    assert listener.result().status == "cancelled"
    assert server.left.wait(PATIENCE)


def test_a_server_that_is_not_there():
    with serve_speech() as server:
        pass
    result = listen(server).speak("Is anyone there?")
    assert (result.status, result.reason) == ("failed", "the speech server can't be reached")


def test_the_server_is_asked_for_what_was_configured(server, monkeypatch):
    monkeypatch.setenv("SPEECH_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", "not for this server")
    options = {"model": "reader", "stream_format": "sse", "instructions": "Softly."}
    told = {"voice": "nova", "speed": 2.0, "options": options}
    listen(server, credentials="env:SPEECH_KEY", **told).speak("It comes in events.")
    assert server.requests == [
        (
            "/v1/audio/speech",
            f"Bearer {SECRET}",
            {
                "input": "It comes in events.",
                "model": "reader",
                "voice": "nova",
                "speed": 2.0,
                "response_format": "pcm",
                "stream_format": "sse",
                "instructions": "Softly.",
            },
        )
    ]


def test_a_key_is_looked_up_for_each_segment_and_never_taken_from_elsewhere(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    listen(server).speak("No key.")
    keys = iter(["checked", "first", "second"])
    listener = listen(server, credentials=lambda: next(keys), in_flight=1)
    listener.speak("One sentence. Another sentence.")
    sent = [authorization for _, authorization, _ in server.requests]
    assert sent == ["Bearer none", "Bearer first", "Bearer second"]


def test_a_key_that_has_gone_fails_the_segment(server, monkeypatch):
    monkeypatch.setenv("SPEECH_KEY", SECRET)
    listener = listen(server, credentials="env:SPEECH_KEY")
    monkeypatch.delenv("SPEECH_KEY")
    assert listener.speak("Hello there.").reason == "the speech server's key is missing"
    assert server.requests == []


async def test_no_more_are_asked_at_a_time_than_was_configured(server):
    options = {"base_url": server.url, "concurrency": 1}
    engine = make_openai_engine(
        SpeechConfig(engine="openai", options=options, policy=server.policy)
    )
    async with engine.turn():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), engine.turn():
                pass
    async with engine.turn(), aclosing(engine.synthesize(Segment(1, "Hello there.", 0))) as pieces:
        assert [type(piece) for piece in [each async for each in pieces]][:2] == [Words, Audio]


async def test_a_failure_is_raised_by_the_engine(server):
    engine = make_openai_engine(
        SpeechConfig(engine="openai", options={"base_url": server.url}, policy=server.policy)
    )
    async with aclosing(engine.synthesize(Segment(1, "a page", 0))) as pieces:
        with pytest.raises(EngineFailed, match="text/html"):
            await anext(pieces)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("base_url", "ftp://speech"),
        ("base_url", 7),
        ("model", None),
        ("response_format", "mp3"),
        ("stream_format", "websocket"),
        ("sample_rate", 7999),
        ("sample_rate", "24000"),
        ("concurrency", True),
        ("concurrency", 0),
        ("api_key", SECRET),
    ],
)
def test_an_option_that_is_refused_is_named(key, value):
    with pytest.raises(SpeechConfigError, match=rf"^options\.{key}: ") as refusal:
        TTSStreamer(
            {"engine": "openai", "options": {"base_url": "http://speech:80", key: value}},
            policy=SpeechPolicy(hosts=["speech:80"]),
        )
    assert SECRET not in str(refusal.value)


def test_openai_itself_needs_a_key(monkeypatch):
    with pytest.raises(SpeechConfigError, match="^credentials: must be given"):
        TTSStreamer({"engine": "openai"})
    monkeypatch.delenv("SPEECH_KEY", raising=False)
    with pytest.raises(SpeechConfigError, match="^credentials: SPEECH_KEY"):
        TTSStreamer(
            {"engine": "openai", "credentials": "env:SPEECH_KEY"},
            policy=SpeechPolicy(variables=["SPEECH_KEY"]),
        )


SAMPLES = tone(10)


@pytest.mark.parametrize("is_wav", [True, False])
@pytest.mark.parametrize("at", range(1, 60))
def test_a_wave_that_is_cut_anywhere_in_its_header_is_read(at, is_wav):
    body = wav(SAMPLES)
    decoder = ResponseDecoder(is_wav=is_wav, rate=SAMPLE_RATE, wanted=SAMPLE_RATE)
    assert decoder.feed(body[:at]) + decoder.feed(body[at:]) + decoder.end() == SAMPLES


@pytest.mark.parametrize("start", [b"R", b"RIFF", b"RIFFabcdWAV", b"RIFX", b"\0"])
def test_samples_that_look_like_the_start_of_a_wave_are_samples(start):
    samples = (start + SAMPLES)[: len(SAMPLES)]
    decoder = ResponseDecoder(is_wav=False, rate=SAMPLE_RATE, wanted=SAMPLE_RATE)
    heard = b"".join(
        decoder.feed(samples[place : place + 3]) for place in range(0, len(samples), 3)
    )
    assert heard + decoder.end() == samples


def test_a_segment_that_is_cut_is_heard_as_far_as_it_came(server):
    text = "This one is cut below its length"
    listener = listen(server)
    assert listener.speak_line(text).reason == CUT
    listener.speak()
    heard = sum(len(chunk.audio) for chunk in listener.chunks)
    assert heard == len(f"{text}\n") * CHARACTER // 2 * 2
