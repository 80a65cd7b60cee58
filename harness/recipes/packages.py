"""The proxies, as packages of Debian that are unpacked into `.proxies`: nothing is installed."""

import subprocess
from pathlib import Path

from harness.servers import ROOT

FOLDER = ROOT / ".proxies"
#: The packages of each proxy, and the libraries that few machines have.
PACKAGES = {
    "nginx": ("nginx", "nginx-common"),
    "Caddy": ("caddy",),
    "HAProxy": (*("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"),),
    "Apache": ("apache2-bin", "libapr1", "libaprutil1"),
    "Varnish": ("varnish", "libvarnishapi3", "libjemalloc2"),
}
LIBRARIES = (
    FOLDER / "usr/lib/x86_64-linux-gnu",
    FOLDER / "usr/lib/aarch64-linux-gnu",
    FOLDER / "usr/lib/varnish",
)


def unpack() -> None:
    """Unpack what is not unpacked yet. It needs apt-get and dpkg, and no right of root."""
    FOLDER.mkdir(exist_ok=True)
    for name, packages in PACKAGES.items():
        mark = FOLDER / f"{name}.unpacked"
        if mark.exists():
            continue
        print(f"Unpacking {name} into .proxies", flush=True)
        subprocess.run(["apt-get", "download", "-qq", *packages], cwd=FOLDER, check=True)
        for package in sorted(FOLDER.glob("*.deb")):
            subprocess.run(["dpkg", "-x", package, FOLDER], check=True)
            package.unlink()
        mark.touch()


def is_unpacked(name: str) -> bool:
    """Return whether a proxy is there."""
    return (FOLDER / f"{name}.unpacked").exists()


def program(path: str) -> Path:
    """Return a program of the unpacked packages."""
    return FOLDER / path
