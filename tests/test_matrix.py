"""The matrix: the requirements of a row, the Pythons, and the table."""

import json
import sys
from pathlib import Path

import pytest

from harness.documents import write_part
from harness.matrix import outcome, places
from harness.matrix.__main__ import SELECTIONS
from harness.matrix.outcome import Outcome
from harness.matrix.requirements import requirements
from harness.matrix.rows import ROWS, Combination
from harness.servers import ROOT

PROJECT = """
[build-system]
requires = ["setuptools>=77"]
[project]
dependencies = ["django>=5.2", "orjson>=3.11"]
[project.optional-dependencies]
redis = ["redis[hiredis]>=6.1"]
"""
PINS = """\
# The demonstration
Django==5.2.19
orjson==3.13.0
Redis==8.1.0; python_version < "3.14"

# What these bring along
hiredis==3.5.0
"""
REPORT = """\
<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2" time="8.6"/></testsuites>
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements-run.txt").write_text(PINS)
    (tmp_path / "requirements.txt").write_text(
        "-r requirements-run.txt\nx[y]==3.3.9\nsetuptools==84.2.1\n"
    )
    (tmp_path / "requirements-piper.txt").write_text("# nothing\n")
    return tmp_path


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (
            "pinned",
            [
                "Django==6.0.*", "orjson==3.13.0", 'Redis==8.1.0; python_version < "3.14"',
                "hiredis==3.5.0", "x[y]==3.3.9", "setuptools==84.2.1",
            ],
        ),
        (
            "newest",
            [
                "Django==6.0.*", "orjson", 'Redis; python_version < "3.14"', "x[y]", "setuptools",
            ],
        ),
        (
            "lowest",
            [
                "Django==6.0.0", "orjson==3.11", 'Redis==6.1; python_version < "3.14"', "x[y]",
                "setuptools==77",
            ],
        ),
    ],
)  # fmt: skip
def test_a_row_has_the_versions_that_it_names(
    repository: Path, versions: str, expected: list[str]
) -> None:
    row = Combination("3.12", "6.0", versions, "unit")  # type: ignore[arg-type]
    assert requirements(repository, row) == expected


def test_no_row_is_there_twice() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_this_python_is_found(tmp_path: Path) -> None:
    found = places.find(tmp_path, f"{sys.version_info.major}.{sys.version_info.minor}")
    assert found is not None
    assert found.run(found.python, "-c", "print(1 + 1)").stdout == "2\n"


def test_the_table_is_written_between_its_marks(tmp_path: Path) -> None:
    report, document = tmp_path / "report.xml", tmp_path / "document.md"
    report.write_text(REPORT)
    document.write_text(
        "before\n<!-- begin of the matrix -->\nold\n<!-- end of the matrix -->\nafter\n"
    )
    result = Outcome.read(report, json.dumps({"python": "3.12.1", "django": "6.0.1"}), "abc1234")
    result.keep(tmp_path / "kept.json")
    assert Outcome.load(tmp_path / "kept.json") == result
    assert (result.passed, result.failed, result.skipped) == (3, 2, 2)
    row = Combination("3.12", "6.0", "newest", "unit")
    write_part(document, "matrix", outcome.table([(row, result)]))
    text = document.read_text()
    assert text.startswith("before\n<!-- begin of the matrix -->\n| Python |")
    assert "\n| 3.12.1 | 6.0.1 | newest: channels -," in text
    assert text.endswith("| 3 | 2 | 2 | 9 | abc1234 |\n<!-- end of the matrix -->\nafter\n")


def test_each_row_has_requirements_and_a_selection() -> None:
    assert all(requirements(ROOT, row) for row in ROWS)
    assert {row.part for row in ROWS} <= {*SELECTIONS}
