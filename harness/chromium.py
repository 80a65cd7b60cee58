"""The system's Chromium: where it is, and `python -m harness.chromium`, which installs it."""

import os
import shutil
import sys

from harness import debian

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
    if os.environ.get("CHROMIUM") or not debian.install(PACKAGES, "to test the page"):
        return False
    return executable() is not None


if __name__ == "__main__" and not executable() and not install():
    sys.exit(ADVICE)
