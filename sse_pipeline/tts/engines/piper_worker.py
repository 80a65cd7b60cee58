"""Speaks with Piper, a run of whose model can't be interrupted, in a worker process.

See `worker.py`. A request is a JSON document: a sentence, its words (pairs of offsets), a speed and
a speaker's number or null. Its sound is a line of JSON and samples: the line holds the samples
from which and up to which each word is heard, or nothing where the model does not tell. Where there
is nothing to speak there is no sound.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from difflib import SequenceMatcher

import numpy as np
from piper import PiperVoice, SynthesisConfig
from piper.voice import PhonemeAlignment

#: Begins phonemes in a notation of Piper's own, which no text is meant to hold.
_NOTATION = "[["


class SentenceVoice(PiperVoice):  # type: ignore[misc]
    """Speaks a text in one go, though Piper takes it for several sentences, as at "Dr."."""

    def phonemize(self, text: str) -> list[list[str]]:
        joined: list[str] = []
        for phonemes in super().phonemize(text):
            if joined and joined[-1] == ".":
                joined.pop()
            joined += [" ", *phonemes] if joined else phonemes
        return [joined]


class _Speaker:
    def __init__(self, send: Callable[[bytes], None], voice: SentenceVoice) -> None:
        self._send = send
        self._voice = voice

    def speak(self, request: bytes) -> None:
        document = json.loads(request)
        text = document["text"].replace(_NOTATION, "( ")
        words = [text[begin:end] for begin, end in document["words"]]
        scale = self._voice.config.length_scale / document["speed"]
        config = SynthesisConfig(document["speaker"], scale)
        for chunk in self._voice.synthesize(text, config, include_alignments=True):
            alignments = chunk.phoneme_alignments
            spans = [*self._spans(words, alignments)] if alignments else []
            self._send(json.dumps(spans).encode() + b"\n" + chunk.audio_int16_bytes)

    def _spans(
        self, words: Sequence[str], alignments: Sequence[PhonemeAlignment]
    ) -> Iterator[tuple[int, int]]:
        """Find the words, each of them phonemized by itself, in the phonemes that were spoken."""
        expected = [_letters(self._voice.phonemize(word)[0]) for word in words]
        ends = np.cumsum([each.num_samples for each in alignments])
        spoken = [place for place, each in enumerate(alignments) if each.phoneme.isalpha()]
        if not spoken:
            return
        letters = [alignments[place].phoneme for place in spoken]
        found = _places([letter for word in expected for letter in word], letters)
        heard, at = 0, 0
        for word in expected:
            first, last = (spoken[found[index]] for index in (at, at + max(len(word) - 1, 0)))
            start = max(int(ends[first - 1]), heard)
            heard = max(int(ends[last]), start) if word else start
            yield start, heard
            at += len(word)


def _letters(phonemes: Sequence[str]) -> list[str]:
    return [phoneme for phoneme in phonemes if phoneme.isalpha()]


def _places(expected: Sequence[str], spoken: Sequence[str]) -> list[int]:
    """Find each expected letter, and the end, among the spoken: by matches, or between them."""
    matcher = SequenceMatcher(None, expected, spoken, autojunk=False)
    matches = [
        (begin + index, start + index)
        for begin, start, size in matcher.get_matching_blocks()
        for index in range(size)
    ]
    here, there = zip((-1, -1), *matches, (len(expected), len(spoken)), strict=True)
    places = np.interp(range(len(expected) + 1), here, there)
    return [int(place) for place in np.clip(np.rint(places), 0, len(spoken) - 1)]


def speaker(send: Callable[[bytes], None], model: str) -> Callable[[bytes], None]:
    """Load a model; return what speaks a request."""
    voice = PiperVoice.load(model, include_alignments=True)
    parts = {field.name: getattr(voice, field.name) for field in fields(voice)}
    return _Speaker(send, SentenceVoice(**parts)).speak
