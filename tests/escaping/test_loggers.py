"""The log of the library: a record is one line, whatever others wrote into it."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import sse_pipeline
from harness.unicode import ANY_TEXT, acts
from sse_pipeline import SSEHandler
from sse_pipeline.escaping import make_logger

FORGED = "gone\n2026-01-01 00:00:00 CRITICAL root: forged \x1b[2J\x9b31m\u202e\ud800"


class Written:
    """A logger of the library, and what a plain handler writes of it."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        self.logger = make_logger("sse_pipeline.tests")
        self.handler = logging.StreamHandler(self.output)
        self.handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.logger.addHandler(self.handler)

    def take(self) -> str:
        text = self.output.getvalue()
        self.output.truncate(0)
        self.output.seek(0)
        return text


@pytest.fixture(scope="module")
def written() -> Iterator[Written]:
    made = Written()
    yield made
    made.logger.removeHandler(made.handler)


@given(ANY_TEXT)
def test_a_record_is_one_line(written: Written, text: str) -> None:
    written.take()  # what another test has left
    for argument in (text, ValueError(text), Path("x" + text.replace("\0", ""))):
        written.logger.error("stream %s: %r", argument, argument)
        line = written.take()
        assert line.endswith("\n")
        assert not any(map(acts, line[:-1]))
        assert line.encode()


@given(ANY_TEXT)
def test_no_line_of_a_traceback_looks_like_a_record(written: Written, text: str) -> None:
    written.take()  # what another test has left
    try:
        raise RuntimeError(text) from ValueError(text)
    except RuntimeError:
        written.logger.exception("it failed")
    first, *rest = written.take().rstrip("\n").split("\n")
    assert first == "ERROR it failed"
    assert all(line.startswith("  ") and not any(map(acts, line)) for line in rest)
    assert rest[0] == "  Traceback (most recent call last):" or "ValueError" in rest[0]


def test_numbers_names_and_extra_fields_are_kept(written: Written, caplog: Any) -> None:
    written.logger.error("%d of %.1f", 3, 4.25)
    written.logger.error("%(owner)s", {"owner": FORGED}, extra={"owner": FORGED, "frames": 7})
    numbers, named = caplog.records
    assert numbers.getMessage() == "3 of 4.2"
    assert not any(map(acts, named.getMessage()))
    assert (vars(named)["owner"], vars(named)["frames"]) == (named.getMessage(), 7)


def test_what_producers_say_of_an_error_can_not_forge_a_record(caplog: Any) -> None:
    handler = SSEHandler(components=["text"])
    handler.fail_component("text", OSError(FORGED))
    message = next(each.getMessage() for each in caplog.records if "failed" in each.getMessage())
    assert not any(map(acts, message))
    assert not [line for line in caplog.text.split("\n") if line.startswith("2026-01-01")]


def test_every_logger_of_the_library_escapes() -> None:
    package = Path(sse_pipeline.__file__).parent
    makers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"getLogger\((?!\"transitions\")", path.read_text())
    }
    assert makers == {"escaping/loggers.py"}
