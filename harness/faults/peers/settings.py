"""The settings of the peers that are Django sites."""

import json
import os

SECRET_KEY = "of the table of faults alone"
ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
USE_TZ = True
INSTALLED_APPS = os.environ.get("PEER_APPS", "").split()
MIDDLEWARE: list[str] = []
ROOT_URLCONF = os.environ["PEER"]
ASGI_APPLICATION = f"{ROOT_URLCONF}.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

# As django-eventstream recommends for more than one process, and for readers that come back.
EVENTSTREAM_REDIS = json.loads(os.environ.get("PEER_REDIS", "{}"))
EVENTSTREAM_STORAGE_CLASS = "django_eventstream.storage.RedisStorage"
EVENTSTREAM_STORAGE_CONNECTION = EVENTSTREAM_REDIS
