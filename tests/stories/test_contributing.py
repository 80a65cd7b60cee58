"""The ten sentences of CONTRIBUTING: the new ones are in the repository, the old ones are not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
FOLDERS = ("sse_pipeline", "project", "docs")


def pairs() -> list[tuple[str, str]]:
    section = CONTRIBUTING.partition("### Plain words")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return [row for row in rows if row[0] not in {"before", "---"}]


def texts() -> Iterator[str]:
    yield (ROOT / "README.md").read_text()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".md"}:
                yield path.read_text()


@pytest.fixture(scope="module")
def repository() -> str:
    """Return all sentences, on one line and without the marks of comments."""
    return " ".join(re.sub(r"#:? ", "", "\n".join(texts())).split())


def test_there_are_ten() -> None:
    assert len(pairs()) == 10


@pytest.mark.parametrize(("before", "after"), pairs(), ids=[str(n) for n in range(len(pairs()))])
def test_each_sentence_has_its_after(before: str, after: str, repository: str) -> None:
    assert after in repository
    assert before not in repository
