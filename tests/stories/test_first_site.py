"""A site of the examples of the guide: its tests leave its database as it was, byte for byte."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.servers import ROOT

pytestmark = pytest.mark.processes

GUIDE = (ROOT / "docs" / "guide.md").read_text()

SETTINGS = """
from pathlib import Path

SECRET_KEY = "of the test"
ALLOWED_HOSTS = ["testserver", "localhost"]
ROOT_URLCONF = "mysite.urls"
INSTALLED_APPS = [
    "daphne", "channels", "sse_pipeline", "django.contrib.contenttypes", "django.contrib.auth",
    "django.contrib.sessions",
]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
ASGI_APPLICATION = "mysite.asgi.application"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent.parent / "db.sqlite3",
}}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
URLS = """
from django.urls import path

from . import views

urlpatterns = [path("ask/", views.ask), path("events/<uuid:stream_id>/", views.events)]
"""
VIEWS = """
import threading

from django.http import Http404, JsonResponse

from sse_pipeline import SSEHandler, StreamNotFound


def model(*_):
    return ["Hello, ", "world"]


"""
#: For `manage.py test`: the views of the guide, and an end of each kind.
TESTS = """
from django.test import TestCase

from sse_pipeline import SSEHandler


class StreamTests(TestCase):
    def test_an_answer(self):
        stream = self.client.post("/ask/").json()["stream"]
        assert SSEHandler.attach(stream).is_complete.wait(30)
        assert b"event: complete" in self.client.get(f"/events/{stream}/").getvalue()

    def test_a_failure(self):
        handler = SSEHandler(owner="user:7", components=["text_generation"])
        handler.send("text", chunk="Hello")
        handler.fail_component("text_generation", "broke")
        SSEHandler(components=["never_ends"]).open()
"""
MANAGE = """
import os, sys
from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
execute_from_command_line(sys.argv)
"""
INI = "[pytest]\nDJANGO_SETTINGS_MODULE = mysite.settings\npythonpath = .\nasyncio_mode = auto\n"


def snippet(words: str) -> str:
    """Return the Python example of the guide that has these words."""
    found: list[str] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (example,) = [each for each in found if words in each]
    return example


@pytest.fixture(scope="module")
def written_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a site, and migrate its database; a stream of the past is in its journal."""
    folder = tmp_path_factory.mktemp("written")
    testing = snippet("async def test_my_answer").replace(
        'pytest_plugins = ["sse_pipeline.testing.fixtures"]', ""
    )
    files = {
        "manage.py": MANAGE,
        "pytest.ini": INI,
        "conftest.py": 'pytest_plugins = ["sse_pipeline.testing.fixtures"]',
        "test_answer.py": testing,
        "mysite/__init__.py": "",
        "mysite/settings.py": SETTINGS,
        "mysite/asgi.py": snippet("# mysite/asgi.py").partition("# mysite/asgi.py")[2],
        "mysite/urls.py": URLS,
        "mysite/views.py": VIEWS + snippet("def ask(") + "\n\n" + snippet("def events("),
        "mysite/tests.py": TESTS,
    }
    (folder / "mysite").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    run(folder, "manage.py", "migrate", "--verbosity=0")
    run(folder, "manage.py", "shell", "--command", PAST)
    return folder


@pytest.fixture
def site(written_site: Path, tmp_path: Path) -> Path:
    """Copy the site."""
    return shutil.copytree(written_site, tmp_path / "site")


PAST = "from sse_pipeline import SSEHandler; SSEHandler().mark_complete()"


def run(site: Path, *arguments: str) -> str:
    """Run Python in the site; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=site, env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def digests(site: Path) -> dict[str, str]:
    """Return a digest of the database, and of each file that SQLite may lay beside it."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.glob("db.sqlite3*")
    }


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_answer.py", "mysite/tests.py"),
         "3 passed"),
        (("manage.py", "test"), "Ran 2 tests"),
    ],
    ids=["pytest", "manage.py test"],
)  # fmt: skip
def test_the_tests_of_a_site_leave_its_database_alone(
    site: Path, command: tuple[str, ...], outcome: str
) -> None:
    before = digests(site)
    assert list(before) == ["db.sqlite3"]
    assert outcome in run(site, *command)
    assert digests(site) == before


def test_the_digest_sees_a_stream_outside_of_the_tests(site: Path) -> None:
    before = digests(site)
    run(site, "manage.py", "shell", "--command", PAST)
    assert digests(site) != before
