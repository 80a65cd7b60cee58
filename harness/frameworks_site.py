"""Views of Django REST framework and of django-ninja that reply with streams."""

from typing import Any
from uuid import UUID

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path
from ninja import NinjaAPI
from rest_framework.decorators import api_view, renderer_classes
from rest_framework.exceptions import PermissionDenied
from rest_framework.renderers import JSONRenderer

from sse_pipeline import SSEHandler
from sse_pipeline.http.rest_framework import EventStreamRenderer
from sse_pipeline.routing import application as streams

api = NinjaAPI()


@api_view(["GET"])
@renderer_classes([JSONRenderer, EventStreamRenderer])
def rest_view(request: Any, stream_id: UUID) -> HttpResponseBase:
    return SSEHandler.attach(stream_id).response(request)


@api_view(["GET"])
@renderer_classes([JSONRenderer, EventStreamRenderer])
def forbidden_view(request: Any) -> HttpResponseBase:
    raise PermissionDenied


@api_view(["GET"])
def plain_view(request: Any, stream_id: UUID) -> HttpResponseBase:
    return SSEHandler.attach(stream_id).response(request)


@api.get("/synchronous/{stream_id}/")
def synchronous_ninja(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return SSEHandler.attach(stream_id).response(request)


@api.get("/asynchronous/{stream_id}/")
async def asynchronous_ninja(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return await (await SSEHandler.aattach(stream_id)).aresponse(request)


def start(request: HttpRequest) -> JsonResponse:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one")
    return JsonResponse({"stream": handler.stream_id})


def complete(request: HttpRequest, stream_id: UUID) -> JsonResponse:
    taken = SSEHandler.attach(stream_id).mark_component_complete("text")
    return JsonResponse({"taken": taken})


urlpatterns = [
    path("start/", start),
    path("complete/<uuid:stream_id>/", complete),
    path("rest/<uuid:stream_id>/", rest_view),
    path("rest/forbidden/", forbidden_view),
    path("rest/plain/<uuid:stream_id>/", plain_view),
    path("ninja/", api.urls),
]
application = streams(get_asgi_application())
