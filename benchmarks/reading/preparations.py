"""What turns a text into what an engine is given: this library's way, and those of its peers."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.reading.corpus import Sentence
from benchmarks.speech.peers import Unavailable, python_of, version_of
from sse_pipeline.tts.text.text_pipeline import TextPipeline

#: RealtimeTTS prepares its text with stream2sentence.
PEERS = ("stream2sentence", "pipecat")


def nothing(sentences: Sequence[Sentence]) -> list[str]:
    """Return the texts as they are written."""
    return [each.written for each in sentences]


def library(sentences: Sequence[Sentence]) -> list[str]:
    """Return what this library speaks."""
    return [_spoken(each) for each in sentences]


def _spoken(sentence: Sentence) -> str:
    pipeline = TextPipeline(language=sentence.language)
    segments = [*pipeline.feed(sentence.written), *pipeline.flush()]
    return " ".join(each.text for each in segments if each.is_speakable)


def peer(name: str, sentences: Sequence[Sentence]) -> tuple[str, list[str]] | None:
    """Return the name and version of a peer, and what it prepares; None if it can't be installed.

    It has an environment of its own.
    """
    try:
        python = python_of(name)
    except Unavailable as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
    program = Path(__file__).with_name(f"peer_{name}.py")
    rows = json.dumps([(each.language, each.written) for each in sentences])
    done = subprocess.run(
        [python, program], input=rows, stdout=subprocess.PIPE, text=True, check=True
    )
    prepared: list[str] = json.loads(done.stdout.splitlines()[-1])
    return version_of(name), prepared
