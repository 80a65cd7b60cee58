"""A streamer whose callbacks keep what they are given."""

from threading import Event, current_thread
from typing import Any, get_args

from sse_pipeline.testing.speech import Fault, ScriptedEngine
from sse_pipeline.tts import (
    AudioChunk,
    SegmentOutcome,
    SegmentWords,
    SpeechPolicy,
    SpeechResult,
    SpokenWord,
    TTSStreamer,
)
from sse_pipeline.tts.speech_policy import DEFAULT_POLICY

#: Seconds after which a test has failed. A test that passes never waits so long.
PATIENCE = 30


def obedient_engine(**options: Any) -> ScriptedEngine:
    """Return an engine that fails as the text says, by the names of the faults."""
    return ScriptedEngine({fault: fault for fault in get_args(Fault)}, **options)


class SpeechRecorder:
    """A streamer whose callbacks are all recorded, in order.

    It makes a segment of each sentence, however short the sentence is, and adds no pauses.
    """

    def __init__(self, **config: Any) -> None:
        policy: SpeechPolicy = config.pop("policy", DEFAULT_POLICY)
        self.heard: list[AudioChunk | SegmentWords | SegmentOutcome] = []
        self.notes: list[str] = []
        self.threads: set[str] = set()
        self.completions = 0
        self.settled = Event()
        self.sounded = Event()
        self.streamer = TTSStreamer(
            {"min_characters": 0, "pauses": False, **config},
            self.on_chunk,
            self.on_completion,
            word_callback=self.on_words,
            segment_callback=self.on_outcome,
            note_callback=self.notes.append,
            policy=policy,
        )

    def on_chunk(self, chunk: AudioChunk) -> None:
        self._keep(chunk)
        self.sounded.set()

    def on_words(self, words: SegmentWords) -> None:
        self._keep(words)

    def on_outcome(self, outcome: SegmentOutcome) -> None:
        self._keep(outcome)
        self.settled.set()

    def on_completion(self) -> None:
        self.completions += 1
        self.threads.add(current_thread().name)
        assert self.streamer.result is not None
        # On the thread of the callbacks, `wait()` must not wait for itself.
        assert self.streamer.wait() is self.streamer.result

    def speak(self, *texts: str) -> SpeechResult:
        """Speak some texts, end the input, and wait for the result."""
        for text in texts:
            self.streamer.feed(text)
        self.streamer.end_input()
        return self.result()

    def speak_line(self, line: str) -> SegmentOutcome:
        """Speak one line and wait until its segment has settled."""
        self.settled.clear()
        self.streamer.feed(f"{line}\n")
        assert self.settled.wait(PATIENCE)
        return self.outcomes[-1]

    def result(self) -> SpeechResult:
        """Wait for the end, and check that it was announced once."""
        result = self.streamer.wait(PATIENCE)
        assert result is not None
        assert self.completions == 1
        return result

    @property
    def chunks(self) -> list[AudioChunk]:
        return [each for each in self.heard if isinstance(each, AudioChunk)]

    @property
    def outcomes(self) -> list[SegmentOutcome]:
        return [each for each in self.heard if isinstance(each, SegmentOutcome)]

    @property
    def words(self) -> list[SpokenWord]:
        found = [each.words for each in self.heard if isinstance(each, SegmentWords)]
        return [word for words in found for word in words]

    @property
    def statuses(self) -> list[str]:
        return [outcome.status for outcome in self.outcomes]

    def _keep(self, item: AudioChunk | SegmentWords | SegmentOutcome) -> None:
        self.threads.add(current_thread().name)
        self.heard.append(item)
