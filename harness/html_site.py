"""A site of pages that show a stream by htmx or Datastar, without a line of JavaScript."""

import threading
from collections.abc import Callable

from django.core.asgi import get_asgi_application
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

from harness import npm
from sse_pipeline import SSEHandler
from sse_pipeline.consumers import EventsConsumer
from sse_pipeline.routing import application as streams

#: What an attacker sends, what splits lines, and what HTML changes.
PIECES = ("<img src=x onerror=alert(1)>", " & “Paris”\u2028", "\u0085 is ", "\n\nof 🗼", "&lt;.")
TEXT = "".join(PIECES)
PACKAGES = npm.FOLDER / "node_modules"
SCRIPTS = {
    "htmx-2": ("htmx-2/dist/htmx.min.js", "htmx-ext-sse/sse.js"),
    "htmx-4": ("htmx-4/dist/htmx.min.js", "htmx-4/dist/ext/hx-sse.min.js"),
    "datastar": ("@starfederation/datastar/dist/datastar.js",),
}
HEAD = '<!doctype html><meta charset="utf-8"><title>page</title>'
#: What each page has for its stream, whose path is {}.
PAGES = {
    "htmx-named": (
        "htmx-2",
        (
            '<div hx-ext="sse" sse-connect="{}" sse-close="end"><i sse-swap="message"></i>'
            '<p id="text" sse-swap="text" hx-swap="beforeend"></p>'
            '<p id="outcome" sse-swap="complete,errored"></p></div>'
        ),
    ),
    "htmx-unnamed": (
        "htmx-2",
        (
            '<div hx-ext="sse" sse-connect="{}" sse-close="end"><i sse-swap="message"></i></div>'
            '<p id="text"></p><p id="outcome"></p>'
        ),
    ),
    "htmx-unnamed-4": (
        "htmx-4",
        '<i hx-sse:connect="{}" hx-sse:close="end"></i><p id="text"></p><p id="outcome"></p>',
    ),
    "datastar-page": (
        "datastar",
        (
            "<div data-signals=\"{{stream: ''}}\" data-on-load=\"@get('{}')\"></div>"
            '<p id="text"></p><p id="outcome"></p><p id="signal" data-text="$stream"></p>'
        ),
    ),
}


def finish(handler: SSEHandler) -> None:
    with handler.component("text"):
        for piece in PIECES:
            handler.send("text", component="text", chunk=piece)


def fail(handler: SSEHandler) -> None:
    handler.register_component("text")
    handler.send("text", chunk=PIECES[0])
    handler.fail_component("text", ArithmeticError("a secret"))


PRODUCERS: dict[str, Callable[[SSEHandler], None]] = {"finish": finish, "fail": fail}


def page(request: HttpRequest, name: str, producer: str) -> HttpResponseBase:
    package, body = PAGES[name]
    handler = SSEHandler(components=["text"])
    handler.open()
    threading.Thread(target=PRODUCERS[producer], args=[handler], daemon=True).start()
    dialect = name.removesuffix("-4")
    dialect = request.GET.get("dialect", dialect)
    scripts = [f'<script type="module" src="/script/{each}"></script>' for each in SCRIPTS[package]]
    if package.startswith("htmx"):  # an extension comes behind the script that it extends
        scripts = [each.replace(' type="module"', "") for each in scripts]
    path = f"/{dialect}/{handler.stream_id}/events/"
    return HttpResponse(f"{HEAD}{''.join(scripts)}<body>{body.format(path)}</body>")


def script(request: HttpRequest, name: str) -> HttpResponseBase:
    return FileResponse((PACKAGES / name).open("rb"), content_type="text/javascript")


urlpatterns = [path("page/<str:name>/<str:producer>/", page), path("script/<path:name>", script)]
routes = [
    path(f"{name}/<uuid:stream_id>/events/", EventsConsumer.as_asgi(), {"dialect": name})
    for name in ("htmx-named", "htmx-unnamed", "datastar-page", "datastar-beta")
]
application = streams(get_asgi_application(), routes)
