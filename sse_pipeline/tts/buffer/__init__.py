"""One speech between its producer, its engine and its callbacks.

`TTSBuffer` holds the text and the audio of one speech. `speech_states` says when the speech is
over; `segment_progress` follows each segment, `segment_sound` trims its sound, `joined_sound` puts
pauses between them, `audio_timeline` places them in the whole speech, and `speech_ledger` counts
what became of them. Nothing here waits, and nothing here takes a lock.

From outside, use `TTSBuffer` and `AudioTimeline`; the documents list `SpeechState`.
"""

from sse_pipeline.tts.buffer.tts_buffer import TTSBuffer

__all__ = ["TTSBuffer"]
