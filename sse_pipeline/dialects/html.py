"""What the dialects of HTML share: a frame becomes a piece of HTML, by a template of Django.

Each event has an id, its number in the stream. So a client resumes by `Last-Event-ID`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import format_html

from .. import conf, frames, validation
from ..frames import FrameValue
from .base import Dialect
from .texts import ANSWER, TextEvent

_LINE_END = re.compile(r"\r\n|\r|\n")
#: Readers that use `str.splitlines` end a line there. No reference names U+0085: it stays.
_REFERENCES = {0x2028: "&#8232;", 0x2029: "&#8233;"}


class HTMLDialect(Dialect):
    """Renders frames. A subclass of the site names its templates."""

    #: The template of each event. It gets the fields of the frame, and `stream`, the id. A producer
    #: that renders by itself sends the event `html` with its field `html`.
    templates: ClassVar[Mapping[str, str]] = {}
    #: The text of an answer: each piece is a `<span>`, unless its event has a template.
    text: ClassVar[TextEvent] = ANSWER
    html: ClassVar[TextEvent] = TextEvent("html", "html")

    def held(self, request: HttpRequest) -> int:
        return validation.whole_number(request.headers.get("Last-Event-ID", "")) or 0

    def opening(self) -> bytes:
        return frames.spread_retry(conf.get().RETRY)

    def render(self, frame: FrameValue, stream_id: str) -> str:
        """Return the HTML of a frame; "" for none.

        It is the same in every process and for every reader: the language and the time zone are
        those of the site, and there is no request.
        """
        if template := self.templates.get(frame.event):
            context = {**frame.fields, "stream": stream_id}
            language, zone = settings.LANGUAGE_CODE, timezone.get_default_timezone()
            with translation.override(language), timezone.override(zone):
                # The last line of a file ends; the piece of HTML does not.
                return render_to_string(template, context).removesuffix("\n")
        if piece := self.text.read(frame):
            return format_html("<span>{}</span>", piece)
        return self.html.read(frame)


class NumberedEvents:
    """Makes events with the ids 1, 2, 3, without a hole."""

    def __init__(self) -> None:
        self._number = 0

    def make(self, name: str, lines: list[str]) -> bytes:
        """Return the next event. Without a name it is the event that clients call `message`."""
        self._number += 1
        event = [f"event: {name}"] if name else []
        data = [f"data: {line}" for line in lines]
        return "\n".join([*event, *data, f"id: {self._number}", "", ""]).encode()


def lines_of(html: str) -> Iterator[str]:
    """Yield the lines of a piece of HTML, without what ends a line for some clients."""
    for line in _LINE_END.split(html):
        yield line.translate(_REFERENCES)
