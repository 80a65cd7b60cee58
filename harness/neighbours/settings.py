"""The settings of the site: small ones, and what its neighbour asks for."""

import os
import tempfile
from pathlib import Path
from typing import Any

NEIGHBOUR = os.environ.get("NEIGHBOUR", "")
FOLDER = Path(os.environ.get("NEIGHBOUR_FOLDER", tempfile.gettempdir()))

DEBUG = NEIGHBOUR == "debug toolbar"
SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "harness.neighbours.site"
ASGI_APPLICATION = "harness.neighbours.site.application"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = FOLDER / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, dict[str, Any]] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db.sqlite3"}
}
INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "sse_pipeline",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

#: The applications and the middleware of each neighbour.
_APPS = {
    "allauth": ["allauth", "allauth.account"],
    "cors-headers": ["corsheaders"],
    "debug toolbar": ["debug_toolbar"],
}
_MIDDLEWARE = {
    "allauth": ["allauth.account.middleware.AccountMiddleware"],
    "cors-headers": ["corsheaders.middleware.CorsMiddleware"],
    "csp": ["csp.middleware.CSPMiddleware"],
    "debug toolbar": ["debug_toolbar.middleware.DebugToolbarMiddleware"],
    "i18n_patterns": ["django.middleware.locale.LocaleMiddleware"],
    "whitenoise": ["whitenoise.middleware.WhiteNoiseMiddleware"],
}
INSTALLED_APPS += _APPS.get(NEIGHBOUR, [])
MIDDLEWARE += _MIDDLEWARE.get(NEIGHBOUR, [])

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
if NEIGHBOUR == "allauth":
    AUTHENTICATION_BACKENDS.append("allauth.account.auth_backends.AuthenticationBackend")
if NEIGHBOUR == "cors-headers":
    CORS_ALLOWED_ORIGINS = ["https://elsewhere.example"]
    CORS_ALLOW_CREDENTIALS = True
if NEIGHBOUR == "csp":
    CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
if NEIGHBOUR == "debug toolbar":
    INTERNAL_IPS = ["127.0.0.1"]
if NEIGHBOUR == "FORCE_SCRIPT_NAME":
    FORCE_SCRIPT_NAME = "/app"
if NEIGHBOUR == "i18n_patterns":
    LANGUAGES = [("en-us", "English"), ("de", "German")]
if NEIGHBOUR == "routers":
    DATABASES["journal"] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "journal.sqlite3",
    }
    DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
