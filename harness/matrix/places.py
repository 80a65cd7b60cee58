"""Where the Pythons are: on the path, under pyenv, or in a tree of Debian testing.

The tree is made by debootstrap in `.matrix/debian`; this takes root and about a minute. Its
processes see the tree as their root, and a copy of the repository in it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness import debian

FOLDER = ".matrix"
#: The Python of Debian testing.
OF_TESTING = "3.14"
#: What the tree has beside Debian's smallest system. A browser would be a gigabyte more.
PACKAGES = ("python3-venv", "ca-certificates", "procps", "mariadb-server-core")
#: The trust of this machine: pip in the tree reaches what pip reaches here.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# In a namespace of its own: the mounts go with the process.
_ENTER = """\
mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$0" \
sh -c 'cd /src && exec "$@"' sh "$@"
"""


class Place(NamedTuple):
    """A Python, and how a command is run beside it. Paths are those that the command sees."""

    python: str
    source: Path
    environments: Path
    prefix: tuple[str, ...] = ()
    #: The root of the tree; None on this machine itself.
    tree: Path | None = None

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository; return its status and output."""
        return subprocess.run(
            [*self.prefix, *words],
            cwd=None if self.tree else self.source,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def outside(self, path: Path) -> Path:
        """Return a path of this place as this process sees it."""
        return self.tree / path.relative_to("/") if self.tree else path


def find(root: Path, series: str) -> Place | None:
    """Find a Python, such as 3.12; None if it is nowhere."""
    for candidate in _candidates(series):
        found = subprocess.run(
            [candidate, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if found.stdout.strip() == series:
            return Place(candidate, root, root / FOLDER)
    return _in_tree(root, series)


def _candidates(series: str) -> Iterator[str]:
    """Name the places to look at: this Python, the path, the versions beside it and of pyenv."""
    yield sys.executable
    if named := shutil.which(f"python{series}"):
        yield named
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for versions in (Path(sys.base_prefix).parent, pyenv):
        found = versions.glob(f"{series}.*/bin/python")
        yield from map(str, sorted(found, key=lambda path: _numbers(path.parts[-3]), reverse=True))


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def _in_tree(root: Path, series: str) -> Place | None:
    if series != OF_TESTING:
        return None
    tree = root / FOLDER / "debian"
    python = f"/usr/bin/python{series}"
    if not _make_tree(tree) or not tree.joinpath(python.lstrip("/")).exists():
        return None
    _copy_sources(root, tree / "src")
    prefix = ("unshare", "--mount", "sh", "-c", _ENTER, str(tree))
    return Place(python, Path("/src"), Path("/environments"), prefix, tree)


def _make_tree(tree: Path) -> bool:
    made = tree / "made"
    if made.exists():
        return True
    if os.geteuid() or not _has_debootstrap():
        print("For a Python of Debian testing: apt-get install debootstrap, and be root.")
        return False
    print(f"Making a tree of Debian testing with {', '.join(PACKAGES)}", flush=True)
    shutil.rmtree(tree, ignore_errors=True)
    tree.parent.mkdir(exist_ok=True)
    options = ("--variant=minbase", f"--include={','.join(PACKAGES)}")
    command = ["debootstrap", *options, "testing", str(tree)]
    with tree.with_suffix(".log").open("wb") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        print(f"debootstrap failed: {log.name} says why")
        return False
    for path in (CERTIFICATES, Path("/etc/resolv.conf")):
        if path.exists():
            shutil.copy(path, tree / path.relative_to("/"))
    made.touch()
    return True


def _has_debootstrap() -> bool:
    return bool(shutil.which("debootstrap")) or debian.install(
        ["debootstrap"], f"for the Python {OF_TESTING} of Debian testing"
    )


def _copy_sources(root: Path, target: Path) -> None:
    """Copy what git knows: a copy of the whole folder would have the tree in it."""
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (root / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)
