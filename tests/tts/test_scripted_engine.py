"""The scripted engine does what it is told."""

import pytest

from sse_pipeline.testing.speech import CHARACTER, ScriptedEngine
from sse_pipeline.tts.engines import Audio, Engine, Words
from sse_pipeline.tts.errors import EngineFailed
from sse_pipeline.tts.text.segments import Segment


async def speak(engine: ScriptedEngine, text: str, number: int = 1) -> list[Audio | Words]:
    async with engine.turn():
        return [piece async for piece in engine.synthesize(Segment(number, text, 0))]


async def test_it_speaks():
    engine = ScriptedEngine(language="de", sample_rate=8000, word_source=None)
    assert isinstance(engine, Engine)
    assert (engine.language, engine.sample_rate, engine.word_source) == ("de", 8000, None)
    words, *audio = await speak(engine, "Hello you")
    assert isinstance(words, Words)
    assert [(word.begin, word.end) for word in words.words] == [(0, 5), (6, 9)]
    assert sum(len(piece.pcm) for piece in audio if isinstance(piece, Audio)) == 9 * CHARACTER * 2
    assert [segment.text for segment in engine.given] == ["Hello you"]


async def test_a_fault_is_found_by_number_and_by_word():
    engine = ScriptedEngine({2: "refuse", "weather": "empty"})
    assert len(await speak(engine, "Hello")) == 3
    with pytest.raises(EngineFailed):
        await speak(engine, "Hello", 2)
    assert await speak(engine, "The weather", 3) == [Audio(b"")]


def test_a_fault_that_is_none_is_refused():
    with pytest.raises(
        ValueError, match=r"faults: 'weather' has 'rain', which is not one of refuse,"
    ):
        ScriptedEngine({"weather": "rain"})  # type: ignore[dict-item]
