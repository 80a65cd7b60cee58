"""A voice is ready before its first text."""

import pytest

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import SpeechConfigError, SpeechPolicy, warm_up, warm_up_all
from sse_pipeline.tts.engines.espeak.espeak_engine import espeak_workers_of_this_process
from sse_pipeline.tts.engines.piper.piper_engine import piper_workers_of_this_process


class SlowStarter(ScriptedEngine):
    """An engine that has to be made ready."""

    def __init__(self, *, breaks: bool = False) -> None:
        super().__init__()
        self.is_warm = False
        self.breaks = breaks

    async def warm(self) -> None:
        if self.breaks:
            raise RuntimeError("no")
        self.is_warm = True


@pytest.mark.parametrize(
    ("engine", "workers"),
    [("espeak", espeak_workers_of_this_process), ("piper", piper_workers_of_this_process)],
)
def test_the_worker_runs_before_the_first_text_and_speaks_it(engine, workers):
    for worker in workers():
        worker.kill()
    warm_up({"engine": engine}).result(PATIENCE)
    (process,) = [worker.current_process for worker in workers() if worker.current_process]
    assert process.is_running
    assert SpeechRecorder(engine=engine).speak("Hello.").segments["audio"] == 1
    assert [worker.current_process for worker in workers()] == [process]


def test_an_engine_is_made_ready_by_its_speech():
    engine = SlowStarter()
    listener = SpeechRecorder(engine=engine)
    assert not engine.is_warm
    listener.streamer.warm()
    assert listener.speak("Hello.").status == "completed"
    assert engine.is_warm


def test_an_engine_that_can_not_be_made_ready_speaks_all_the_same(caplog):
    engine = SlowStarter(breaks=True)
    warm_up({"engine": engine}).result(PATIENCE)
    assert "could not be made ready" in caplog.text
    assert SpeechRecorder(engine=engine).speak("Hello.").status == "completed"


def test_a_fallback_makes_its_first_engine_ready():
    first, second = SlowStarter(), SlowStarter()
    engines = {"engines": [{"engine": first}, {"engine": second}]}
    warm_up({"engine": "fallback", "options": engines}).result(PATIENCE)
    assert (first.is_warm, second.is_warm) == (True, False)


def test_an_engine_without_it_is_left_alone():
    warm_up({"engine": ScriptedEngine()}).result(PATIENCE)


def test_a_wrong_configuration_is_refused_and_does_not_stop_the_others(caplog):
    with pytest.raises(SpeechConfigError, match="^voice: "):
        warm_up({"voice": "nobody"})
    engine = SlowStarter()
    warm_up_all([{"voice": "nobody"}, {"engine": engine}], SpeechPolicy())
    assert "a voice can't be made ready: voice: " in caplog.text
    warm_up({"engine": engine}).result(PATIENCE)
    assert engine.is_warm
