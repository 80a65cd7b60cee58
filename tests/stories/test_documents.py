"""The documents say what the code does."""

import dataclasses
import json
import re
import threading
from logging import makeLogRecord
from logging.config import DictConfigurator
from typing import Any, get_args

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, JsonResponse
from django.test import RequestFactory

from harness.servers import ROOT
from harness.speech.speech_recorder import SpeechRecorder
from sse_pipeline import frames
from sse_pipeline.conf import Settings
from sse_pipeline.exceptions import StreamNotFound
from sse_pipeline.handler import SSEHandler
from sse_pipeline.lifecycle.registry import Status
from sse_pipeline.lifecycle.snapshot import Verdict
from sse_pipeline.testing.speech import Fault
from sse_pipeline.tts import SpeechConfig
from sse_pipeline.tts.buffer.speech_states import SpeechState
from sse_pipeline.tts.results import SegmentStatus

README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "docs" / "guide.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
WIRE = (ROOT / "docs" / "wire.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
BOUNDS = (ROOT / "docs" / "bounds.md").read_text()
INSPECTION = (ROOT / "docs" / "inspection.md").read_text()
SPEECH = (ROOT / "docs" / "speech.md").read_text()
UNITS = {"KiB": 1024, "MiB": 1024 * 1024}


def value(text: str) -> object:
    number, _, unit = text.partition(" ")
    return int(number) * UNITS[unit] if unit in UNITS else eval(text.strip("`"))


def test_the_settings_are_all_documented_with_their_defaults() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", SETTINGS, re.MULTILINE)
    documented = {key: value(text.strip()) for key, text in rows}
    defaults = {
        name: list(default) if isinstance(default, tuple) else default
        for name, default in dataclasses.asdict(Settings()).items()
    }
    assert documented == defaults


#: The settings that bound nothing.
NO_BOUNDS = {
    "STORE", "HEARTBEAT", "RETRY", "CHUNK_BYTES", "AUTHORIZE", "ALLOWED_ORIGINS", "PROXIES",
    "PROXY_HEADER", "DIALECTS", "SPEECH_VARIABLES", "SPEECH_HOSTS", "SPEECH_FOLDERS",
    "SPEECH_WARM", "SUCCESS_MESSAGE", "EXPOSE_ERRORS", "JOURNAL", "ARCHIVE", "ARCHIVE_AUDIO",
    "METRICS", "TRACES", "FINALIZER_PAUSE", "WEBHOOKS",
}  # fmt: skip


def test_each_setting_that_bounds_something_is_in_the_table_of_bounds() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in BOUNDS.splitlines()
        if re.match(r"\| `[A-Z_]+` \|", line)
    ]
    assert {len(row) for row in rows} == {5}
    documented = {row[0].strip("`"): value(row[1]) for row in rows}
    assert documented == {
        field.name: field.default
        for field in dataclasses.fields(Settings)
        if field.name not in NO_BOUNDS
    }
    for _, _, bounded, outcome, metric in rows:
        assert bounded
        assert outcome
        assert metric in ("", "none") or re.fullmatch(r"`(sse_\w+)(\{\w+\})?`", metric)


def test_each_bound_that_is_counted_says_so_by_its_name() -> None:
    code = "".join(path.read_text() for path in (ROOT / "sse_pipeline").rglob("*.py"))
    for name, metric in re.findall(r"^\| `([A-Z_]+)` \|.*\|([^|]*)\|$", BOUNDS, re.MULTILINE):
        if not metric.strip():
            assert re.search(rf'"{name}"', code), name


def test_the_configuration_of_speech_is_documented_with_its_defaults() -> None:
    section = SPEECH.partition("## The configuration")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section, re.MULTILINE)
    config = SpeechConfig()
    assert {key: eval(text) for key, text in rows} == {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if field.name != "policy"  # the site's, and no key of a configuration
    }


def test_the_logging_of_the_document_can_be_configured() -> None:
    names: dict[str, Any] = {}
    exec(next(each for each in snippets("python", INSPECTION) if "LOGGING" in each), names)
    configurator = DictConfigurator(names["LOGGING"])
    line = configurator.configure_formatter(configurator.config["formatters"]["line"])
    record = makeLogRecord({"levelname": "INFO", "name": "sse_pipeline.records", "msg": "it ended"})
    assert line.format(record).endswith(" INFO    sse_pipeline.records: it ended")


def test_the_states_and_faults_of_speech_are_documented() -> None:
    for name in [*SpeechState, *get_args(SegmentStatus), *get_args(Fault)]:
        assert f"`{name}`" in SPEECH


def test_the_engine_of_the_document_speaks() -> None:
    names: dict[str, Any] = {}
    exec(next(each for each in snippets("python", SPEECH) if "class Hum" in each), names)
    listener = SpeechRecorder(engine=names["Hum"]())
    assert listener.speak("One. Two.").segments["audio"] == 2


def test_the_calls_in_the_guide_exist() -> None:
    for name in re.findall(r"`(?:await )?([a-z_]+)\(", GUIDE):
        assert hasattr(SSEHandler, name) or f"def {name}(" in GUIDE or name == "done", name


def test_the_wire_names_every_event_status_and_verdict() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| ", WIRE, re.MULTILINE)) >= frames.OWN_EVENTS
    for name in [*Status, *Verdict, *frames.EVENTSOURCE_EVENTS]:
        assert f"`{name}`" in WIRE


def test_every_link_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert link.startswith("http") or (document.parent / link).exists(), link


def snippets(language: str, document: str = GUIDE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL)


def test_every_snippet_is_python() -> None:
    shown = [*snippets("python", README), *snippets("python")]
    assert len(shown) >= 6
    for snippet in shown:
        compile(snippet.replace("...]", "]"), "guide.md", "exec")


def test_the_first_snippet_ends_as_it_says() -> None:
    names: dict[str, Any] = {}
    exec(snippets("python", README)[0], names)
    assert names["handler"].snapshot().state == "complete"


def test_the_views_stream_resume_and_end(rf: RequestFactory) -> None:
    names: dict[str, Any] = {
        "SSEHandler": SSEHandler,
        "StreamNotFound": StreamNotFound,
        "Http404": Http404,
        "JsonResponse": JsonResponse,
        "threading": threading,
        "model": lambda *_: ["Hello, ", "world"],
    }
    for snippet in snippets("python"):
        if "def ask(" in snippet or "def events(" in snippet:
            exec(snippet, names)
    request = rf.post("/")
    request.user = AnonymousUser()
    stream_id = json.loads(names["ask"](request).content)["stream"]
    assert SSEHandler.attach(stream_id).is_complete.wait(10)
    whole = names["events"](rf.get("/"), stream_id).getvalue()
    assert whole.count(b"event: text\n") == 2
    last = str(whole.count(b"\nid: "))
    response = names["events"](rf.get("/", headers={"Last-Event-ID": last}), stream_id)
    assert response.status_code == 204
    with pytest.raises(Http404):
        names["events"](rf.get("/"), "unknown")


def test_the_changelog_says_nothing_twice() -> None:
    for release in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert len(set(headings)) == len(headings)
        entries = re.split(r"^(?:- |#)", release, flags=re.MULTILINE)
        said = [" ".join(each.split()) for each in entries]
        assert len(set(said)) == len(said)
