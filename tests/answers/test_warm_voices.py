"""Voices are made ready when the site starts, and when an answer is opened."""

from harness.answering import speech
from sse_pipeline import SSEHandler
from sse_pipeline.answers import Answer
from sse_pipeline.routing import application
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import warm_up


class SlowStarter(ScriptedEngine):
    is_warm = False

    async def warm(self) -> None:
        self.is_warm = True


async def site(scope, receive, send) -> None:
    """Answer nothing: no request comes."""


def test_the_site_makes_the_voices_of_its_settings_ready(settings) -> None:
    engine = SlowStarter()
    application(site)
    settings.SSE_PIPELINE = {"SPEECH_WARM": [{"engine": engine}]}
    application(site)
    warm_up({"engine": ScriptedEngine()}).result(30)  # the loop takes one after the other
    assert engine.is_warm


def test_a_voice_that_is_not_there_does_not_stop_the_site(settings, caplog) -> None:
    settings.SSE_PIPELINE = {"SPEECH_WARM": [{"voice": "nobody"}]}
    application(site)
    assert "voice: eSpeak NG has no voice for 'nobody'" in caplog.text


async def test_an_answer_makes_its_voice_ready_before_its_first_text() -> None:
    engine, handler = SlowStarter(), SSEHandler()
    answer = Answer(handler, speech(handler, engine=engine))
    await answer.open()
    warm_up({"engine": ScriptedEngine()}).result(30)
    assert engine.is_warm
    await answer.cancel()
