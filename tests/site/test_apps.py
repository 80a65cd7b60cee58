"""The application, as a site installs it."""

import logging
import subprocess
import sys

import pytest

from harness.servers import ROOT

pytestmark = pytest.mark.processes

WITHOUT_SPEECH = """
import sys
sys.modules["sentencex"] = None
try:
    import sse_pipeline.tts
except ModuleNotFoundError as error:
    print(error)
"""

WITHOUT_ADMIN = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["sse_pipeline"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    SECRET_KEY="x",
    USE_TZ=True,
)
from sse_pipeline.routing import application
django.setup()
from django.core.management import call_command
call_command("check", deploy=True, tags=["sse_pipeline"])
call_command("migrate", verbosity=0)
from sse_pipeline import SSEHandler
from sse_pipeline.inspection.watch import render
handler = SSEHandler(components=["text"])
handler.send("text", chunk="hello")
handler.mark_component_complete("text")
print(handler.snapshot().state, "sse-complete" in render(handler.stream_id, content=True))
"""


def test_the_steps_of_transitions_stay_out_of_the_log() -> None:
    assert not logging.getLogger("transitions.core").isEnabledFor(logging.INFO)


def test_without_the_extra_the_speech_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SPEECH], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "speech needs sentencex: install django-sse-pipeline[speech]"


def test_a_site_needs_no_admin_and_no_users() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_ADMIN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("complete True")
