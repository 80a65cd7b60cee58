"""The audit of the dependencies."""

from email.message import Message
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from harness.audit import Pin, differences, installed, licence_of, licences, pins


class Named(Distribution):
    """A distribution with some fields of metadata."""

    def __init__(self, **fields: str | list[str]) -> None:
        self._message = Message()
        for name, value in fields.items():
            for each in [value] if isinstance(value, str) else value:
                self._message[name.replace("_", "-")] = each

    @property
    def metadata(self) -> Any:
        return self._message

    def read_text(self, filename: str) -> None:
        return None

    def locate_file(self, path: Any) -> Any:
        return path


def test_the_pins_of_a_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "requirements-a.txt").write_text(
        "# a comment\n-r requirements.txt\nDjango==5.2  # why\nold==1; python_version < '3'\n"
        "zope.interface==7.1\nfree>=1\nredis[hiredis]==8.1\n\n"
    )
    assert [(pin.name, pin.version) for pin in pins(tmp_path)] == [
        ("django", "5.2"), ("zope-interface", "7.1"), ("redis", "8.1"),
    ]  # fmt: skip


def test_what_differs_is_named() -> None:
    pinned = [Pin("a", "1", "x.txt"), Pin("b", "2", "x.txt"), Pin("absent", "3", "x.txt")]
    assert [*differences(pinned, {"a": "1", "b": "3", "c": "4", "pip": "1"})] == [
        "b 3 is installed, and x.txt pins 2",
        "c 4 is installed, and nothing pins it",
    ]


def test_a_licence_is_found_where_a_package_names_it() -> None:
    assert licence_of(Named(License_Expression="MIT", License="x")) == "MIT"
    kinds = ["License :: OSI Approved :: MIT License", "Topic :: Internet"]
    assert licence_of(Named(Classifier=kinds)) == "MIT License"
    assert licence_of(Named(License="BSD")) == "BSD"
    assert licence_of(Named(License="a\nwhole\ntext")) == "unknown"
    assert licence_of(Named()) == "unknown"
    found = {"a": Named(License="BSD"), "b": Named(License="LGPL-3.0"), "c": Named()}
    assert [*licences(found)] == ["  BSD: a", "! LGPL-3.0: b", "! unknown: c"]


def test_every_requirement_of_this_environment_is_pinned() -> None:
    names = {pin.name for pin in pins()}
    assert {"django", "channels", "daphne"} <= names & installed().keys()
