"""A small search over the documents of this project: what the answers of the model can cite.

It ranks the sections of the documents by BM25. They are read at the first search.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The longest excerpt, in characters.
EXCERPT = 400
#: The constants of BM25: how much a repeated word counts, and how much the length of a section.
_REPEATED, _LENGTH = 1.2, 0.75
#: Less is a section that shares no more than a common word with the question.
_LEAST_SCORE = 4.0
_HEADING = re.compile(r"^#{1,3} +(.+)$", re.MULTILINE)
#: Code, comments, tables, and the marks of lists.
_NO_PROSE = re.compile(r"^```[\s\S]*?^```|<!--[\s\S]*?-->|^\|.*$|^\s*[-*] |^    .*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|[`*]")
_WORD = re.compile(r"[a-z][a-z0-9]+")
#: Words that say nothing of a subject.
_COMMON = frozenset(
    """
    about an and answer are as at be by can do does for from good has have how if in is it its me
    not of on or sentence sentences tell that the there they this three to two was what when where
    which who why will with you your
    """.split()  # noqa: SIM905 - shorter to read
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document, and its words."""

    path: str
    title: str
    text: str
    words: Counter[str]

    @property
    def length(self) -> int:
        """The number of its words."""
        return self.words.total()

    @property
    def excerpt(self) -> str:
        """Its beginning, cut at the end of a word."""
        if len(self.text) <= EXCERPT:
            return self.text
        return f"{self.text[:EXCERPT].rpartition(' ')[0]} …"


def search(question: str, most: int = 3) -> list[Section]:
    """Return the sections that fit a question best; none if none fits. Reads files at first."""
    sections, frequencies = _index()
    asked = set(_words(question))
    average = sum(each.length for each in sections) / max(1, len(sections))

    def score(section: Section) -> float:
        shrink = _REPEATED * (1 - _LENGTH + _LENGTH * section.length / average)
        return sum(
            _rarity(frequencies[word], len(sections)) * (count * (_REPEATED + 1)) / (count + shrink)
            for word in asked
            if (count := section.words[word])
        )

    ranked = sorted(((score(each), each) for each in sections), key=lambda pair: -pair[0])
    return [section for found, section in ranked[:most] if found >= _LEAST_SCORE]


def _rarity(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


@functools.cache
def _index() -> tuple[list[Section], Counter[str]]:
    """Read all sections; return them, and in how many of them each word is."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    sections = [section for path in paths for section in _sections(path)]
    frequencies = Counter[str]()
    for section in sections:
        frequencies.update(section.words.keys())
    return sections, frequencies


def _sections(path: Path) -> Iterator[Section]:
    text = _NO_PROSE.sub("", path.read_text(encoding="utf-8"))
    headings = list(_HEADING.finditer(text))
    ends = [each.start() for each in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=False):  # a document may have no heading
        title = _LINK.sub(r"\1", heading[1])
        body = " ".join(_LINK.sub(r"\1", text[heading.end() : end]).split())
        words = Counter([*_words(body), *2 * _words(title)])
        if body:
            yield Section(str(path.relative_to(ROOT)), title, body, words)


def _words(text: str) -> list[str]:
    """Return the words that say something, without the endings of a plural."""
    found = (word for word in _WORD.findall(text.lower()) if word not in _COMMON)
    return [word.removesuffix("s") if len(word) > 3 else word for word in found]
