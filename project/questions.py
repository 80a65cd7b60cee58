"""What a client asks for: the JSON document of `POST /answers/`, checked."""

import hashlib
import json
import math
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings

from sse_pipeline.http.endpoint import Refusal

#: The keys that go on to the speech's configuration.
SPEECH_KEYS = ("voice", "speed", "language")
#: The fastest recital.
MOST_TOKENS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A text to recite, or a question for the model, and how to answer."""

    text: str | None = None
    question: str | None = None
    speech: bool = True
    voice: str | None = None
    speed: float | None = None
    language: str | None = None
    tokens_per_second: float = 25.0
    fault: str | None = None

    @property
    def org_config(self) -> dict[str, Any]:
        """The configuration of the speech: the site's, and what the client asks for."""
        asked = {key: value for key in SPEECH_KEYS if (value := getattr(self, key)) is not None}
        return {**settings.SPEECH, **asked}

    @property
    def fingerprint(self) -> str:
        """What two questions have in common only if they are equal."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def parse(body: bytes) -> Question:
    """Read a document; raises `Refusal` that names the field."""
    document = _load(body)
    known = {field.name for field in fields(Question)}
    for key, value in document.items():
        if key not in known:
            raise Refusal(400, f"unknown field; there are {', '.join(sorted(known))}", key)
        if complaint := _CHECKS[key](value):
            raise Refusal(400, complaint, key)
    if "text" in document and "question" in document:
        raise Refusal(400, "give either a text or a question", "question")
    if "text" not in document and "question" not in document:
        raise Refusal(400, "give a text or a question", "text")
    return Question(**document)


def _load(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise Refusal(400, "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Refusal(400, f"the body is not JSON: {error}") from None
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is JSON that can't be read") from None
    if not isinstance(document, dict):
        raise Refusal(400, "the body is no JSON object")
    return document


def _refuse_constant(name: str) -> None:
    raise Refusal(400, f"the body is not JSON: {name} is no number")


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be a string"
    if not value.strip():
        return "is empty"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains a lone surrogate"
    return None


def _number(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    return None if 0 < value < math.inf else "must be positive and finite"


def _pace(value: object) -> str | None:
    complaint = _number(value)
    if complaint is None and value > MOST_TOKENS_PER_SECOND:  # type: ignore[operator]
        return f"must be at most {MOST_TOKENS_PER_SECOND}"
    return complaint


def _fault(value: object) -> str | None:
    return None if value in (None, "text", "speech") else "must be 'text' or 'speech'"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


_CHECKS = {
    "text": _text,
    "question": _text,
    "speech": _flag,
    "voice": _text,
    "speed": _number,
    "language": _text,
    "tokens_per_second": _pace,
    "fault": _fault,
}
