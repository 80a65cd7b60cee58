"""Makes the output of any engine look like that of another one."""

from dataclasses import replace

from sse_pipeline.tts.engine_protocol import Audio, Engine, EngineOutput, TimedWord, Words
from sse_pipeline.tts.engines.resampling import Resampler


class OutputConverter:
    """Converts the output of one engine for one segment to a sample rate."""

    def __init__(self, engine: Engine, rate: int) -> None:
        self._source = engine.word_source
        is_same = engine.sample_rate == rate
        self._resampler = None if is_same else Resampler(engine.sample_rate, rate)

    def convert(self, output: EngineOutput) -> EngineOutput:
        """Return the output at the rate, with the word source of its engine."""
        if isinstance(output, Audio):
            return Audio(self._resampler.feed(output.pcm)) if self._resampler else output
        words = tuple(self._convert_word(word) for word in output.words)
        return Words(words, output.source or self._source)

    def end(self) -> Audio:
        """Return the audio that the filter of the resampler held back."""
        return Audio(self._resampler.end() if self._resampler else b"")

    def _convert_word(self, word: TimedWord) -> TimedWord:
        if self._resampler is None:
            return word
        new_sample = self._resampler.new_sample
        return replace(
            word,
            start_sample=new_sample(word.start_sample),
            end_sample=new_sample(word.end_sample),
        )
