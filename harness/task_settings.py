import os
from importlib.util import find_spec
from typing import Any

from harness.producer_settings import INSTALLED_APPS as APPS
from harness.producer_settings import SSE_PIPELINE as PRODUCERS
from project.settings import *  # noqa: F403

SSE_PIPELINE: Any = PRODUCERS  # type: ignore[no-redef]
# Django has tasks of its own from 6.0 on.
BACKPORT = () if find_spec("django.tasks") else ("django_tasks",)
INSTALLED_APPS = [*APPS, *BACKPORT, "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DATABASES["default"]["NAME"] = os.environ["DJANGO_DATABASE"]  # noqa: F405
