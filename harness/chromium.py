"""The system's Chromium: where it is, and `python -m harness.chromium`, which installs it."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-color-emoji", "fonts-wqy-microhei")

ADVICE = """\
The tests of the page need Chromium, and there is none. Install it (on Debian, as root:
`apt-get install chromium`), or say where it is: CHROMIUM=/path/to/chromium"""


def executable() -> str | None:
    """Find Chromium: what CHROMIUM names, else the first of its names on the path."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> bool:
    """Install Debian's package where that can be done without a question."""
    apt = shutil.which("apt-get")
    if apt is None or os.environ.get("CHROMIUM"):
        return False
    command = [apt] if os.geteuid() == 0 else ["sudo", "-n", apt]
    if command[0] == "sudo" and not _may_sudo():
        return False
    print(f"Installing {' and '.join(PACKAGES)} with apt-get, to test the page", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            [*command, *options, *step], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode and step[0] == "install":
            return False
    return executable() is not None


def _may_sudo() -> bool:
    sudo = shutil.which("sudo")
    return sudo is not None and subprocess.run([sudo, "-n", "true"], check=False).returncode == 0


if __name__ == "__main__" and not executable() and not install():
    sys.exit(ADVICE)
