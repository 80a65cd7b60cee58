"""The settings of the demonstration site; a deployment sets them by environment variables."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from .databases import database_of
from .exposure import PUBLIC_KEY, is_on

BASE_DIR = Path(__file__).resolve().parent.parent

# `python -m project` and `runserver` serve no other machines with DEBUG, or with the public key.
DEBUG = is_on(os.environ.get("DJANGO_DEBUG", "1"))
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", PUBLIC_KEY if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("set DJANGO_SECRET_KEY: there is no default without DJANGO_DEBUG")
ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "project",  # before Daphne: its `runserver` refuses what `python -m project` refuses
    "daphne",
    "channels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "sse_pipeline",
]
if os.environ.get("SSE_PIPELINE_STORE", "").startswith("database"):
    INSTALLED_APPS.append("sse_pipeline.stores.database")
if os.environ.get("SSE_PIPELINE_ARCHIVE") == "database":
    INSTALLED_APPS.append("sse_pipeline.archive")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database_of(os.environ.get("DJANGO_DATABASE", BASE_DIR / "db.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

SSE_PIPELINE: dict[str, object] = {
    name: os.environ[f"SSE_PIPELINE_{name}"]
    for name in ("STORE", "ARCHIVE")
    if os.environ.get(f"SSE_PIPELINE_{name}")
}

# Seconds that the model has to connect, and between two chunks of its answer.
MODEL_TIMEOUT = 60.0
# The most tokens of an answer; 0 leaves that to the server. What else a request says, such as
# {"temperature": 0}.
MODEL_MAX_TOKENS = int(os.environ.get("MODEL_MAX_TOKENS", "1000"))
MODEL_OPTIONS: dict[str, object] = json.loads(os.environ.get("MODEL_OPTIONS", "{}"))
# What the model is told first, how many excerpts of the documents it gets with a question, and how
# many characters of the turns before.
MODEL_SYSTEM = os.environ.get("MODEL_SYSTEM", "")
MODEL_NOTES = int(os.environ.get("MODEL_NOTES", "2"))
MODEL_HISTORY = int(os.environ.get("MODEL_HISTORY", "12000"))
# Seconds without a reader after which an answer is stopped, and the model with it; 0 for never.
MODEL_UNREAD = float(os.environ.get("MODEL_UNREAD", "0"))

# The configuration of the speech (`sse_pipeline.tts.SpeechConfig`); a question may change it.
SPEECH: dict[str, object] = {
    "engine": os.environ.get("SPEECH_ENGINE", "espeak"),
    "voice": os.environ.get("SPEECH_VOICE"),
}
if SPEECH["engine"] == "openai":
    SSE_PIPELINE["SPEECH_VARIABLES"] = ["SPEECH_API_KEY"]
    _server = urlsplit(os.environ.get("SPEECH_BASE_URL", ""))
    if _server.netloc:
        _port = "" if _server.port else ":80" if _server.scheme == "http" else ":443"
        SSE_PIPELINE["SPEECH_HOSTS"] = [f"{_server.netloc}{_port}"]
    SPEECH["credentials"] = "env:SPEECH_API_KEY" if os.environ.get("SPEECH_API_KEY") else None
    SPEECH["options"] = {
        name: os.environ[f"SPEECH_{name.upper()}"]
        for name in ("base_url", "model")
        if os.environ.get(f"SPEECH_{name.upper()}")
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "sse_pipeline": {"level": os.environ.get("SSE_PIPELINE_LOG_LEVEL", "INFO")},
    },
}
