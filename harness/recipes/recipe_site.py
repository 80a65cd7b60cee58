"""The demonstration, with a route that counts the readers of a stream in this process."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

site = ASGIStaticFilesHandler(get_asgi_application())

from django.http import HttpRequest
from django.urls import path

from project.consumers import AnswersConsumer
from sse_pipeline import stores
from sse_pipeline.http.endpoint import Endpoint
from sse_pipeline.routing import application as streams
from sse_pipeline.streams.plans import arun, wait


class ReadersConsumer(Endpoint):
    async def get(self, request: HttpRequest) -> None:
        stream_id = str(self.scope["url_route"]["kwargs"]["stream_id"])
        inspection = await arun(wait(stores.current().inspect(stream_id, 1)))
        count = len(inspection.readers) if inspection else 0
        await self.reply_json(200, {"readers": count})


application = streams(
    site,
    [
        path("answers/", AnswersConsumer.as_asgi()),
        path("readers/<uuid:stream_id>/", ReadersConsumer.as_asgi()),
    ],
)
