"""The documents say what the code does."""

import dataclasses
import re
from pathlib import Path

from sse_pipeline import frames
from sse_pipeline.conf import Settings
from sse_pipeline.handler import SSEHandler
from sse_pipeline.registry import Status
from sse_pipeline.snapshot import Verdict

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
WIRE = (ROOT / "docs" / "wire.md").read_text()
UNITS = {"KiB": 1024, "MiB": 1024 * 1024}


def value(text: str) -> object:
    number, _, unit = text.partition(" ")
    return int(number) * UNITS[unit] if unit else eval(text.strip("`"))


def test_the_settings_are_all_in_the_readme_with_their_defaults() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", README, re.MULTILINE)
    documented = {key: value(text.strip()) for key, text in rows}
    defaults = {
        field.name: list(field.default) if isinstance(field.default, tuple) else field.default
        for field in dataclasses.fields(Settings)
    }
    assert documented == defaults


def test_the_calls_in_the_readme_exist() -> None:
    for name in re.findall(r"`(?:await )?([a-z_]+)\(", README):
        assert hasattr(SSEHandler, name) or f"def {name}(" in README or name == "done", name


def test_the_wire_names_every_event_status_and_verdict() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| ", WIRE, re.MULTILINE)) >= frames.OWN_EVENTS
    for name in [*Status, *Verdict, *frames.EVENTSOURCE_EVENTS]:
        assert f"`{name}`" in WIRE


def test_every_link_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert link.startswith("http") or (document.parent / link).exists(), link
