"""`python -m harness.packaging`: build what is published, and check it as its users get it.

The sdist and the wheel are built from the files of the repository, and read by twine and
check-wheel-contents. Then mypy, and pyright if npm has brought it, check a site that knows the
library from its wheel alone.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copy2

from harness import npm
from harness.servers import ROOT

#: A site of somebody else. A name that the types do not know, or know as another, is an error.
SITE = """\
from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from sse_pipeline import Component, SSEHandler, StreamEnded, TTSStreamer, __version__
from sse_pipeline.answers import Answer, Speech, components
from sse_pipeline.routing import application


async def chunks() -> AsyncIterator[str]:
    yield "Hello"


def tokens() -> Iterator[str]:
    yield "Hello"


async def answer(owner: str) -> str:
    handler = SSEHandler(owner=owner, components=components(speech=True, claim=False))
    await Answer(handler, Speech(handler, {"language": "en"})).run(chunks())
    with handler.component("text", required=False) as text:
        text.send("text", chunk="Hello")
    assert_type(handler.mark_complete(), bool)
    assert_type(handler.cancelled, bool)
    return handler.stream_id


def answer_in_thread(stream_id: str) -> None:
    try:
        Answer(SSEHandler.attach(stream_id)).run_sync(tokens())
    except StreamEnded:
        return


version: str = __version__
assert_type(components(speech=False), list[Component])
TTSStreamer({}, print, print).feed("Hello")
served = application
"""


#: Django names migrations by a number first: nobody imports them.
MIGRATIONS = ("--ignore", "W004")


def tracked() -> Iterator[str]:
    """Yield the files of the repository."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    yield from listed.stdout.splitlines()


def build(tree: Path, folder: Path) -> list[Path]:
    """Build the sdist and the wheel of a copy of the repository."""
    for name in tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        copy2(ROOT / name, tree / name)
    code = (
        "from setuptools import build_meta as build;"
        f"build.build_sdist({str(folder)!r}); build.build_wheel({str(folder)!r})"
    )
    run([sys.executable, "-c", code], cwd=tree)
    return sorted(folder.iterdir())


def run(command: list[str], cwd: Path, **environment: str) -> None:
    """Run a command; leave with its output if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])} fails:\n{done.stdout}")


def check_types(wheel: Path, folder: Path) -> None:
    """Check the types of a site that has the wheel, and not the repository."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    (folder / "mysite.py").write_text(SITE)
    # As in an installed package, only errors of the site itself count.
    (folder / "mypy.ini").write_text("[mypy]\nstrict = true\nfollow_imports = silent\n")
    installed = str(folder / "installed")
    cache = str(ROOT / ".mypy_cache" / "outside")
    mypy = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", cache]
    run([*mypy, "mysite.py"], folder, MYPYPATH=installed)
    pyright = npm.FOLDER / "node_modules" / "pyright" / "index.js"
    if npm.is_ready():
        (folder / "pyrightconfig.json").write_text(
            f'{{"include": ["mysite.py"], "extraPaths": ["{installed}"], "strict": ["mysite.py"]}}'
        )
        command = ["node", str(pyright), "--pythonpath", sys.executable, "--project", str(folder)]
        run(command, folder)


def main() -> None:
    """Build and check."""
    with tempfile.TemporaryDirectory(prefix="package-") as made:
        folder = Path(made)
        (folder / "dist").mkdir()
        built = build(folder / "tree", folder / "dist")
        names = [str(each) for each in built]
        run([sys.executable, "-m", "twine", "check", "--strict", *names], folder)
        wheel = next(each for each in built if each.suffix == ".whl")
        run([sys.executable, "-m", "check_wheel_contents", *MIGRATIONS, str(wheel)], folder)
        check_types(wheel, folder)


if __name__ == "__main__":
    main()
