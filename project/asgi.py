"""The ASGI application of the demonstration site."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

site = ASGIStaticFilesHandler(get_asgi_application())

from django.urls import path

from sse_pipeline.routing import application as streams

from .consumers import AnswersConsumer

application = streams(site, [path("answers/", AnswersConsumer.as_asgi())])
