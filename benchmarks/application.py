"""The application that is measured: raw streams and streams of the library."""

import json
from typing import Any
from urllib.parse import parse_qsl

from django.core.asgi import get_asgi_application

from benchmarks.consumer import Producers
from benchmarks.raw import Raw, Send
from benchmarks.run import Run
from benchmarks.workloads import WORKLOADS
from sse_pipeline.routing import application as streams

library = streams(get_asgi_application())


class Application:
    """Serves `/open?application=…&workload=…`, the streams that it names, and `/result`."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await library(scope, receive, send)
        elif scope["path"] == "/open":
            await _reply(send, await self._open(**dict(parse_qsl(scope["query_string"].decode()))))
        elif scope["path"] == "/result":
            await self._run.ended.wait()
            await _reply(send, self._run.result)
        elif scope["path"] == "/raw":
            await self._run.serve(self._raw.serve(send))
        else:
            await self._run.serve(library(scope, receive, send))

    async def _open(self, application: str, workload: str) -> list[str]:
        chosen = next(each for each in WORKLOADS if each.name == workload)
        self._run = Run(chosen)
        if application == "raw":
            self._raw = Raw(self._run)
            return ["/raw"] * chosen.connections
        self._producers = Producers(self._run)
        return await self._producers.open()


async def _reply(send: Send, document: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})


application = Application()
