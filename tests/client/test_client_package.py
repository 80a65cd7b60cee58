"""The package of the client module: its types are those of its code, and it is small."""

import gzip
import json
import re
from pathlib import Path

import pytest

from harness import client_types, npm
from sse_pipeline import __version__

PACKAGE = json.loads((npm.CLIENT / "package.json").read_text())
#: What the README says of the sizes: kilobytes, gzipped, with comments.
README = (npm.CLIENT / "README.md").read_text()
SIZES = re.search(r"(\d+) kB for streams, (\d+) kB for speech and (\d+) kB for React", README)
PARTS = {
    "streams": ["index.js", "stream/*.js"],
    "speech": ["speech.js", "speech/*.js"],
    "react": ["react.js"],
}


def test_the_types_are_those_of_the_code(tmp_path: Path) -> None:
    assert client_types.compiled(tmp_path) == client_types.read(client_types.TYPES)


def test_a_strict_program_compiles() -> None:
    npm.install()
    client_types.check_use("reading.mts")


@pytest.mark.parametrize(("number", "part"), list(enumerate(PARTS, 1)))
def test_a_part_is_as_small_as_the_documents_say(number: int, part: str) -> None:
    assert SIZES is not None
    files = [path for pattern in PARTS[part] for path in npm.CLIENT.glob(pattern)]
    size = sum(len(gzip.compress(path.read_bytes())) for path in files)
    assert 0.75 < size / (1000 * int(SIZES[number])) <= 1


def test_it_has_the_version_of_the_library_and_needs_nothing() -> None:
    assert PACKAGE["version"] == __version__
    assert "dependencies" not in PACKAGE


def test_each_file_that_it_exports_is_there() -> None:
    for entry in PACKAGE["exports"].values():
        for path in [entry] if isinstance(entry, str) else entry.values():
            assert (npm.CLIENT / path).is_file()
