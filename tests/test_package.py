"""The files that are published: the sdist has the whole repository, the wheel the whole package."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from shutil import copy2
from typing import NamedTuple

import pytest

import sse_pipeline
from harness.servers import ROOT

pytestmark = pytest.mark.processes

#: What only the repository's host and its tools read.
UNPUBLISHED = (".ci/", ".git", ".pre-commit-config.yaml")
REPOSITORY = "https://example.org/sse/blob/v1"
RELATIVE = re.compile(r"\]\(([^):#][^):]*)\)")


class Published(NamedTuple):
    """The unpacked sdist, and the wheel that was built from it."""

    tree: Path
    wheel: Path


def repository() -> Iterator[str]:
    """Yield the files of the repository; without git those of an unpacked sdist."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    else:
        sources = ROOT / "django_sse_pipeline.egg-info" / "SOURCES.txt"
        listed = sources.read_text().splitlines()
    yield from (name for name in listed if not name.startswith(UNPUBLISHED))


def build(kind: str, tree: Path, folder: Path) -> Path:
    """Build as an installer does, with the setuptools that is installed here."""
    folder.mkdir()
    code = f"from setuptools.build_meta import build_{kind} as build; build({str(folder)!r})"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    place = tmp_path_factory.mktemp("published")
    for name in repository():
        (place / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        copy2(ROOT / name, place / "tree" / name)
    # The step of the release that makes links absolute, as the document has it.
    (step,) = re.findall(r"`(sed [^`]+)`", (ROOT / "docs/releasing.md").read_text())
    command = ["sh", "-ec", f"REPOSITORY={REPOSITORY}; {step}"]
    subprocess.run(command, cwd=place / "tree", check=True)
    with tarfile.open(build("sdist", place / "tree", place / "sdist")) as archive:
        archive.extractall(place / "unpacked", filter="data")
    (unpacked,) = (place / "unpacked").iterdir()
    return Published(unpacked, build("wheel", unpacked, place / "wheel"))


def test_the_sdist_has_the_whole_repository(published: Published) -> None:
    assert [name for name in repository() if not (published.tree / name).is_file()] == []


def test_the_wheel_has_the_whole_package(published: Published) -> None:
    packed = {name for name in zipfile.ZipFile(published.wheel).namelist() if "-info/" not in name}
    assert packed == {name for name in repository() if name.startswith("sse_pipeline/")}
    assert {Path(name).suffix for name in packed} >= {".html", ".js", ".css", ".lua", ".po", ".mo"}
    assert "sse_pipeline/py.typed" in packed


def test_the_version_is_one_everywhere(published: Published) -> None:
    client = ROOT / "sse_pipeline/static/sse_pipeline/client/package.json"
    assert published.wheel.name.split("-")[1] == sse_pipeline.__version__
    assert json.loads(client.read_text())["version"] == sse_pipeline.__version__


def test_links_of_the_description_work_on_a_package_index(published: Published) -> None:
    with zipfile.ZipFile(published.wheel) as wheel:
        (name,) = (each for each in wheel.namelist() if each.endswith("/METADATA"))
        metadata = message_from_string(wheel.read(name).decode())
    description = str(metadata.get_payload())
    assert f"]({REPOSITORY}/docs/wire.md)" in description
    assert RELATIVE.findall(description) == []


def test_links_of_the_readme_lead_to_files_of_the_sdist(published: Published) -> None:
    links = RELATIVE.findall((ROOT / "README.md").read_text())
    assert len(links) > 10
    assert [each for each in links if not (published.tree / each.partition("#")[0]).exists()] == []


def test_tests_are_found_from_the_sdist(published: Published) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only"]
    run = subprocess.run(
        [*command, "tests/test_package.py"],
        cwd=published.tree, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
