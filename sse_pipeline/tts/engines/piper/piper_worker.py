"""Speaks with Piper in a worker process (see `worker_program`).

A run of a model can't be interrupted, so it must not run in a thread of the site.

A request is a JSON document: a sentence, its words (pairs of offsets), a speed, and the number of a
speaker or null. A sound is a line of JSON, then samples. The line holds the first and the last
sample of each word, or an empty list if the model does not tell. A sentence with nothing to speak
gives no sound.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from difflib import SequenceMatcher

import numpy as np
from piper import PiperVoice, SynthesisConfig
from piper.voice import PhonemeAlignment

#: In Piper's notation this begins phonemes. A text does not mean it so.
_NOTATION = "[["


class SentenceVoice(PiperVoice):  # type: ignore[misc]
    """Speaks a text in one run. Piper by itself splits it into sentences, at "Dr." too."""

    def phonemize(self, text: str) -> list[list[str]]:
        joined: list[str] = []
        for phonemes in super().phonemize(text):
            if joined and joined[-1] == ".":
                joined.pop()
            joined += [" ", *phonemes] if joined else phonemes
        return [joined]


class PiperSpeaker:
    """Speaks one request after the other."""

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
        """Yield the first and the last sample of each word.

        Piper tells when a phoneme is heard, but not to which word it belongs. So each word is
        phonemized by itself, and its phonemes are found among the spoken ones.
        """
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
    """Return the place of each expected phoneme, and of the end, among the spoken ones.

    A phoneme that does not match is placed between its neighbours that do.
    """
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
    """Load a model; return the function that speaks a request."""
    voice = PiperVoice.load(model, include_alignments=True)
    parts = {field.name: getattr(voice, field.name) for field in fields(voice)}
    return PiperSpeaker(send, SentenceVoice(**parts)).speak
