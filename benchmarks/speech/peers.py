"""The environments of the peers. Each is made when it is first needed."""

import re
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
#: The folder to which the requirements of every peer refer.
SHARED = (HERE / "peer-requirements.txt", HERE.parent.parent / "requirements-run.txt")


class Unavailable(Exception):
    """A peer can't be installed here."""


def python_of(peer: str) -> str:
    """Return the interpreter that has a peer; install it, within this environment, if need be.

    Raises:
        Unavailable: It can't be installed.
    """
    folder, wanted = Path(sys.prefix, "peers", peer), _requirements(peer)
    python, installed = folder / "bin" / "python", folder / "installed"
    if not installed.exists() or any(_time(file) > _time(installed) for file in (wanted, *SHARED)):
        print(f"Installing {wanted.name} into {folder} (once)", file=sys.stderr)
        venv.create(folder, with_pip=True)
        _install(python, wanted)
        installed.touch()
    return str(python)


def version_of(peer: str) -> str:
    """Return the name and the version of a peer."""
    name, version = re.findall(r"^(\S+)==(\S+)$", _requirements(peer).read_text(), re.MULTILINE)[0]
    return f"{name} {version}"


def _time(file: Path) -> float:
    return file.stat().st_mtime


def _requirements(peer: str) -> Path:
    return HERE / f"peer_{peer}.txt"


def _install(python: Path, requirements: Path) -> None:
    flags = ("--quiet", "--disable-pip-version-check", "--no-input", "--prefer-binary")
    command: list[str | Path] = [python, "-m", "pip", "install", *flags, "-r", requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line.casefold()]
        raise Unavailable(f"{requirements.name}: {' '.join(' '.join(errors[:3]).split())}")
