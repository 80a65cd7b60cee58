"""For views of Django REST framework: a renderer that lets them be asked for `text/event-stream`.

Without it a view of `@api_view` refuses an `EventSource` with 406 before it is called: none of its
renderers makes what the request accepts. The stream itself is a response of Django, and is not
rendered.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.renderers import BaseRenderer, JSONRenderer

from ..frames import EVENT_STREAM


class EventStreamRenderer(BaseRenderer):  # type: ignore[misc]
    """Accepts `text/event-stream`. Other responses of the view, such as errors, are JSON."""

    media_type: ClassVar[str] = EVENT_STREAM
    format: ClassVar[str] = "event-stream"
    charset: ClassVar[str | None] = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the data in JSON, and name the content so."""
        context = renderer_context or {}
        if response := context.get("response"):
            response["Content-Type"] = JSONRenderer.media_type
        rendered: bytes = JSONRenderer().render(data, JSONRenderer.media_type, context)
        return rendered
