"""The demonstration's settings over the database that the environment names."""

import json
import os

from project.settings import *  # noqa: F403

if given := os.environ.get("BENCHMARK_DATABASE"):
    DATABASES = {"default": json.loads(given)}
DEBUG = False
ALLOWED_HOSTS = ["testserver"]
