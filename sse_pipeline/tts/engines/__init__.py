"""The engines that speak: eSpeak NG, Piper, speech servers like OpenAI's, and one that falls back.

`engine_catalogue` finds an engine by its name. Each engine has a folder; `workers` runs a library
in a process of its own; `voices` gives runs of other scripts to other voices. The other modules
serve several engines: `circuit_breaker`, `engine_probe`, `loop_resources`, `output_converter`,
`resampling`, `word_boundaries`, `word_gaps` and `word_times`. From outside, use the protocol below
to write an engine of your own, and `find_engine`.
"""

from sse_pipeline.tts.engine_protocol import Audio, Engine, SelectiveEngine, TimedWord, Words

__all__ = ["Audio", "Engine", "SelectiveEngine", "TimedWord", "Words"]
