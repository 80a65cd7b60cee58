"""The requirements of a row: those of the requirements' files, in other versions."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from harness.matrix.rows import Combination, Part

_TESTS = ("requirements-run.txt", "requirements.txt", "requirements-piper.txt")
#: The files of each part. A line is `name==version`, with a marker or without one.
FILES: dict[Part, tuple[str, ...]] = {
    "whole": _TESTS,
    "browserless": _TESTS,
    "unit": _TESTS,
    "core": _TESTS,
    "neighbours": ("requirements-run.txt", "requirements.txt", "requirements-neighbours.txt"),
}
#: Below this line a file has the packages that nobody asked for by name.
BROUGHT_ALONG = "# What these bring along"
_PIN = re.compile(r"(?P<name>[\w.-]+)(?P<extra>\[\w+\])?==(?P<version>[^;\s]+)(?P<marker>.*)")
_LOWEST = re.compile(r"(?P<name>[\w-]+)(?P<extra>\[\w+\])?>=(?P<version>[\d.]+)")


def requirements(root: Path, row: Combination) -> list[str]:
    """Return the lines of a file of requirements for a row."""
    lowest = _lowest(root) if row.versions == "lowest" else {}
    lines = []
    for pin in _pins(root, row):
        name = pin["name"] + (pin["extra"] or "")
        version = lowest.get(_normalized(pin["name"]), "")
        if _normalized(name) == "django":
            version = f"=={row.django}" + (".0" if lowest else ".*")
        elif row.versions == "pinned":
            version = f"=={pin['version']}"
        lines.append(name + version + pin["marker"])
    return lines


def _pins(root: Path, row: Combination) -> Iterator[re.Match[str]]:
    for name in FILES[row.part]:
        text = (root / name).read_text()
        if row.versions != "pinned":
            text = text.partition(BROUGHT_ALONG)[0]
        for line in text.splitlines():
            if found := _PIN.match(line):
                yield found


def _lowest(root: Path) -> dict[str, str]:
    """Return the lowest version of each package that pyproject.toml names."""
    document = tomllib.loads((root / "pyproject.toml").read_text())
    project, build = document["project"], document["build-system"]
    groups = [
        build["requires"],
        project["dependencies"],
        *project["optional-dependencies"].values(),
    ]
    found = [_LOWEST.match(line) for group in groups for line in group]
    return {_normalized(each["name"]): f"=={each['version']}" for each in found if each}


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
