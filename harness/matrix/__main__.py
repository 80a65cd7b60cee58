"""`python -m harness.matrix`: run the rows, write the table, and exit with 1 if a test failed.

The table has the rows that were run now and those that were run before. It is written into the
document when there is an outcome of each row.
"""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

from harness.documents import write_part
from harness.matrix import outcome, places
from harness.matrix.outcome import Outcome
from harness.matrix.places import Place
from harness.matrix.requirements import requirements
from harness.matrix.rows import ROWS, Combination
from harness.servers import ROOT

DOCUMENT = ROOT / "docs" / "compatibility.md"
PROCESSES = ("--numprocesses=2", "--dist=worksteal")
#: The arguments of pytest for each part.
SELECTIONS = {
    "whole": (*PROCESSES, "-m", ""),
    # The tree of Debian has a copy of the sources, and no repository.
    "browserless": (*PROCESSES, "-m", "not browser", "--ignore=tests/test_package.py"),
    "unit": (*PROCESSES, "-m", "not processes and not exhaustive"),
    # For CI, beside `make test`: in one process, as each collects the tests for itself.
    "core": ("-m", "not processes and not exhaustive", "--ignore=tests/tts"),
    "neighbours": ("tests/neighbours",),
}
#: Prints the version of Python and of each package, as JSON.
VERSIONS = """
import json, platform
from importlib.metadata import distributions
found = {each.name.lower(): each.version for each in distributions()}
print(json.dumps({"python": platform.python_version(), **found}))
"""
#: A wheel before sources; the first import compiles.
LAZILY = ("--prefer-binary", "--no-compile")
#: Old versions warn of what they use themselves.
LENIENT = ("-W", "default")


def run(row: Combination) -> Outcome | None:
    """Run one row; None if it can't be run here. The reason is printed."""
    place = places.find(ROOT, row.python)
    if place is None:
        print(f"!!! {row.name}: there is no Python {row.python}", flush=True)
        return None
    print(f"{row.name}: installing", flush=True)
    python = install(place, row)
    if python is None:
        return None
    print(f"{row.name}: testing", flush=True)
    report = place.environments / f"{row.name}.xml"
    leniency = LENIENT if row.versions == "lowest" else ()
    tests = (*SELECTIONS[row.part], *leniency, "-q", f"--junitxml={report}")
    # The development mode checks calls of asyncio and of memory, and takes a quarter more time:
    # `make test` and the part for CI do without.
    development = "" if row.part == "core" else "1"
    done = place.run(python, "-m", "pytest", *tests, PYTHONDEVMODE=development)
    if done.returncode:
        print(done.stdout, flush=True)
    versions = place.run(python, "-c", VERSIONS).stdout
    found = Outcome.read(place.outside(report), versions, commit())
    found.keep(kept(row))
    return found


def kept(row: Combination) -> Path:
    """Return the file that keeps the outcome of a row."""
    return ROOT / places.FOLDER / f"{row.name}.json"


def commit() -> str:
    """Return the commit that is tested, with a plus if files were changed since then."""
    words = ("git", "describe", "--always", "--dirty=+", "--exclude=*")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "-"


def install(place: Place, row: Combination) -> str | None:
    """Make the environment of a row; return its Python. None if a package can't be installed."""
    folder = place.environments / row.name
    python, wanted = str(folder / "bin" / "python"), place.outside(folder) / "requirements.txt"
    lines = "\n".join(requirements(ROOT, row)) + "\n"
    if wanted.exists() and wanted.read_text() == lines:
        return python
    made = place.run(place.python, "-m", "venv", "--clear", str(folder))
    wanted.with_name("wanted.txt").write_text(lines)
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *LAZILY)
    # An older pip installs too, and takes up to three times as long.
    place.run(python, *pip, "--upgrade", "pip")
    done = place.run(python, *pip, "-r", str(folder / "wanted.txt"))
    if made.returncode or done.returncode:
        print(f"!!! {row.name}: {made.stdout}{done.stdout}", flush=True)
        return None
    wanted.write_text(lines)
    return python


def main() -> int:
    """Run the rows that the command line names, or all of them, and write the table of all."""
    parser = ArgumentParser(prog="python -m harness.matrix", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(names)}")
    chosen = parser.parse_args().rows or names
    if unknown := sorted({*chosen} - {*names}):
        parser.error(f"no row is called {', '.join(unknown)}; there are {', '.join(names)}")
    outcomes = {row: run(row) for row in ROWS if row.name in chosen}
    known = [(row, found) for row in ROWS if (found := Outcome.load(kept(row))) is not None]
    table = outcome.table(known)
    print(table)
    if len(known) == len(ROWS):
        write_part(DOCUMENT, "matrix", table)
    missing = [row.name for row, found in outcomes.items() if found is None]
    for name in missing:
        print(f"!!! not run: {name}")
    return int(any(found.failed or not found.passed for found in outcomes.values() if found))


if __name__ == "__main__":
    sys.exit(main())
