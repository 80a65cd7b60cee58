"""Gives the segments of one speech to its engine, and puts what it makes into the buffer.

`SynthesisScheduler` decides which segments are spoken now, each in a task of the speech loop.
`SynthesisAttempt` has one segment spoken within its deadlines. From outside, use
`SynthesisScheduler`.
"""

from sse_pipeline.tts.synthesis.synthesis_scheduler import SynthesisScheduler

__all__ = ["SynthesisScheduler"]
