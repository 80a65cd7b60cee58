"""Packages of Debian, installed where that can be done without a question."""

import os
import shutil
import subprocess
from collections.abc import Sequence


def install(packages: Sequence[str], why: str) -> bool:
    """Install packages; return False where that can't be done."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    command = [apt] if os.geteuid() == 0 else ["sudo", "-n", apt]
    if command[0] == "sudo" and not _may_sudo():
        return False
    print(f"Installing {' and '.join(packages)} with apt-get, {why}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*command, *options, *step], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode and step[0] == "install":
            return False
    return True


def _may_sudo() -> bool:
    sudo = shutil.which("sudo")
    return sudo is not None and subprocess.run([sudo, "-n", "true"], check=False).returncode == 0
