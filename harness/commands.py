"""Management commands, in this process and in one of their own."""

import io
import os
import subprocess
import sys
import uuid
from typing import Any

from django.core.management import call_command

from harness.servers import ROOT

NOBODY = str(uuid.uuid4())

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "harness.inspection_settings",
    "DJANGO_SUPERUSER_PASSWORD": "secret",
    "COLUMNS": "200",
}


def said(*words: Any, **options: Any) -> str:
    """Run a command, which may be an object; return its output."""
    output = io.StringIO()
    call_command(*words, stdout=output, **options)
    return output.getvalue()


def printed_by(module: str, *words: str) -> str:
    """Run a module in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def manage(environment: dict[str, str], *words: str, status: int = 0) -> str:
    """Run a command in a process of its own, against the site's database."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={
            **os.environ,
            **environment,
            **SETTINGS,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr
