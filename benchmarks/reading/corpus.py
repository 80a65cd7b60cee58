"""The sentences, with the words that are expected."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "sentences"
#: The names of files, and the voices of eSpeak NG that speak them.
VOICES = {
    "en": "en-us", "de": "de", "fr": "fr", "es": "es",
    "zh": "cmn", "ja": "ja", "ar": "ar", "hi": "hi",
}  # fmt: skip


class Sentence(NamedTuple):
    """A text, its language and kind, and how it is read out."""

    language: str
    kind: str
    written: str
    expected: str


def sentences() -> Iterator[Sentence]:
    """Yield all sentences, by language."""
    for language in VOICES:
        for line in (FOLDER / f"{language}.tsv").read_text().splitlines():
            yield Sentence(language, *line.split("\t"))
