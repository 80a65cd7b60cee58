"""What a server is busy with, seen from around the application: `GET /meter/`."""

import json
from collections.abc import Callable
from typing import Any

Application = Callable[[Any, Any, Any], Any]


class Meter:
    """Counts the streams that are being sent, and all that were begun.

    `receive` and `send` are the server's own.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._streams = 0
        self._begun = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path == "/meter/":
            await _reply(send, {"streams": self._streams, "begun": self._begun})
        elif "/events/" not in path:
            await self._application(scope, receive, send)
        else:
            self._streams += 1
            self._begun += 1
            try:
                await self._application(scope, receive, send)
            finally:
                self._streams -= 1


async def _reply(send: Any, document: dict[str, int]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
