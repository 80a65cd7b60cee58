"""One measurement, in a process of its own: the library's and the peers' alike."""

import json
import math
import sys
from collections.abc import Callable, Iterable
from typing import Protocol

from benchmarks.speech.listener import Listener
from benchmarks.speech.processor import cpu_seconds
from benchmarks.speech.recital import TEXT, Recital
from benchmarks.speech.row import Row

#: Said first, to load what is loaded once.
WARM_UP = "This is a short sentence. "


class Speaker(Protocol):
    """Whatever speaks a text while it arrives."""

    def speak(self, tokens: Iterable[str], hear: Callable[[float], None]) -> int:
        """Speak to the end, telling how many seconds each piece lasts; return the segments."""


class Unspoken(Exception):
    """Raised where the text was not spoken."""


def main(make: Callable[[Row], Speaker]) -> None:
    """Measure the row and the rate of the command line; print the figures as the last line."""
    row, rate = Row(**json.loads(sys.argv[1])), float(sys.argv[2])
    speaker = make(row)
    cold = _measure(speaker, Recital(WARM_UP))
    figures = _measure(speaker, Recital(TEXT.read_text("utf-8"), rate))
    print(json.dumps(figures | {"cold": cold["first_audio"]}))


def _measure(speaker: Speaker, recital: Recital) -> dict[str, float]:
    """Take the figures of one text; times are in seconds."""
    listener, cpu = Listener(), cpu_seconds()
    segments = speaker.speak(recital, listener.hear)
    ended = listener.now()
    if listener.began is None:
        raise Unspoken("there was no audio")
    total = ended - recital.began
    return {
        "first_audio": listener.began - recital.began,
        "total": total,
        "lag": ended - recital.ended if math.isfinite(recital.ended) else total,
        "silence": listener.silence,
        "gaps": listener.gaps,
        "audio": listener.audio,
        "real_time_factor": total / listener.audio,
        "segments": segments,
        "cpu": cpu_seconds() - cpu,
    }
