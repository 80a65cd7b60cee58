"""`python -m harness.client_types --write`: the types of the client module, made of its comments.

Without `--write` it says which of them are not what TypeScript makes of the code now.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import npm

TYPES = npm.CLIENT / "types"
#: The options for a program that uses the module.
STRICT = (
    "--strict",
    "--preserveSymlinks",
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "",
)
SECONDS = 120


def compiled(folder: Path) -> dict[str, str]:
    """Check the module as strictly as TypeScript can; return its types by their paths.

    Raises:
        ValueError: TypeScript finds a fault. The message has all of them.
    """
    _compile("--project", str(npm.SOURCE / "tsconfig.json"), "--outDir", str(folder))
    return read(folder)


def read(folder: Path) -> dict[str, str]:
    """Return the types that lie in a folder."""
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*.d.ts")}


def check_use(script: str) -> None:
    """Check a program that imports the module.

    Raises:
        ValueError: TypeScript finds a fault.
    """
    _compile(*STRICT, script)


def _compile(*words: str) -> None:
    done = subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", *words],
        cwd=npm.FOLDER,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise ValueError(done.stdout + done.stderr)


def main(words: list[str]) -> int:
    if not npm.FOUND:
        print("Node and npm are not found: the types of the client module stay as they are")
        return 0
    npm.install()
    with TemporaryDirectory() as folder:
        made, kept = compiled(Path(folder)), read(TYPES)
    stale = sorted(path for path in {*made, *kept} if made.get(path) != kept.get(path))
    print("\n".join(stale))
    if "--write" not in words:
        return bool(stale)
    for path in stale:
        target = TYPES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in made:
            target.write_text(made[path])
        else:
            target.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
