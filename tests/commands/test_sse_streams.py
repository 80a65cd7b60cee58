"""`sse_streams` shows the journal; `sse_diagram` shows the table."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from harness.commands import manage, said
from sse_pipeline.management.commands import sse_streams
from sse_pipeline.models import Stream

pytestmark = pytest.mark.processes


def test_the_streams_as_a_table(journal_rows: list[Stream], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # a pipe ignores the width
    Stream.objects.update(owner="user:" + "7" * 200)
    table = said("sse_streams")
    for stream in journal_rows:
        assert re.search(rf"^{stream.pk} .*{stream.state}.*user:7{{200}} ", table, re.MULTILINE)
    assert "1/2" in table
    assert "errored" not in said("sse_streams", "--state", "streaming")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_terminal_never_cuts_state_and_reason(
    journal_rows: list[Stream], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a terminal has it
    monkeypatch.delenv("NO_COLOR", raising=False)
    Stream.objects.update(owner="user:" + "7" * 200)
    Stream.objects.filter(state="errored").update(reason="component_failed")
    _, _, *lines = re.sub("\x1b\\[[0-9;]*m", "", said("sse_streams")).splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= max(columns, 72)
    for stream, line in zip(Stream.objects.all(), lines, strict=True):
        digits = 36 if columns == 120 else 8
        assert line.startswith(f"{str(stream.pk)[:digits]} ")
    assert re.search(r" errored +component_failed ", "\n".join(lines))


def test_what_an_open_stream_sent_is_not_in_the_journal(journal_rows: list[Stream]) -> None:
    sent = {
        document["state"]: (document["frames"], document["bytes"])
        for document in map(json.loads, said("sse_streams", "--json").splitlines())
    }
    assert sent == {"streaming": (None, None), "errored": (5, 50)}
    table = said("sse_streams")
    assert re.search(r"streaming .* 1/2 *$", table, re.MULTILINE)
    assert re.search(r"errored .* 2/2 +5 *$", table, re.MULTILINE)


def test_the_streams_as_json(journal_rows: list[Stream]) -> None:
    lines = said("sse_streams", "--json", "--reason", "timeout").splitlines()
    (document,) = map(json.loads, lines)
    assert document["stream"] == str(journal_rows[1].pk)
    assert (document["state"], document["reason"], document["process"]) == (
        "errored", "timeout", "host:7",
    )  # fmt: skip
    assert len(said("sse_streams", "--json", "--limit", "1").splitlines()) == 1
    assert said("sse_streams", "--json", "--owner", "user:2") == ""


def test_the_streams_are_watched_until_ctrl_c(journal_rows: list[Stream]) -> None:
    pauses = iter([None, KeyboardInterrupt()])

    def sleep(_: float) -> None:
        if error := next(pauses):
            raise error

    class Watching(sse_streams.Command):
        pause = staticmethod(sleep)

    assert "as of the journal" in said(Watching(), "--watch")


@pytest.mark.parametrize(
    "words",
    [
        ("--state", "open"), ("--limit", "0"), ("--limit", "x"), ("--watch", "-1"),
        ("--watch", "nan"), ("--watch", "inf"), ("--watch", "x"),
    ],
)  # fmt: skip
def test_bad_options_are_named(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=words[0]):
        said("sse_streams", *words)


def test_without_rich_it_says_what_to_install(monkeypatch: Any, journal_rows: list[Stream]) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(CommandError, match=r"django-sse-pipeline\[cli\]"):
        said("sse_streams")
    assert said("sse_streams", "--json")


@pytest.mark.parametrize("command", ["sse_streams", "sse_reap"])
def test_a_journal_without_tables_says_what_to_do(tmp_path: Path, command: str) -> None:
    environment = {"DJANGO_DATABASE": str(tmp_path / "new.sqlite3")}
    told = manage(environment, command, status=1)
    assert "manage.py migrate" in told
    assert "Traceback" not in told


def test_the_diagram() -> None:
    assert "streaming --> draining" in said("sse_diagram")
