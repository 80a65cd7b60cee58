"""The question of a client: the JSON document of `POST /answers/`, checked."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from sse_pipeline import validation
from sse_pipeline.http.endpoint import Refusal

#: The keys that are passed on to the configuration of the speech.
SPEECH_KEYS = ("voice", "speed", "language", "codec")
#: The longest name of a voice or a language, in characters.
LONGEST_NAME = 200
#: The most turns of a conversation that come with a question.
MOST_TURNS = 50
#: The fastest recital.
MOST_TOKENS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of this conversation that was answered before."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """A text to recite, or a question for the model, and how to answer."""

    text: str | None = None
    question: str | None = None
    speech: bool = True
    voice: str | None = None
    speed: float | None = None
    language: str | None = None
    codec: str | None = None
    tokens_per_second: float = 25.0
    fault: str | None = None
    history: tuple[Turn, ...] = ()

    @property
    def org_config(self) -> dict[str, Any]:
        """The configuration of the speech: that of the site, with the keys that the client gave."""
        asked = {key: value for key in SPEECH_KEYS if (value := getattr(self, key)) is not None}
        return {**settings.SPEECH, **asked}


def parse(body: bytes) -> Question:
    """Read a document.

    Raises:
        Refusal: 400; it names the field, if one is wrong.
    """
    document = _load(body)
    if found := validation.first_complaint(document, _CHECKS):
        key, complaint = found
        raise Refusal(400, complaint, key)
    if "text" in document and "question" in document:
        raise Refusal(400, "give either a text or a question", "question")
    if "text" not in document and "question" not in document:
        raise Refusal(400, "give a text or a question", "text")
    turns = tuple(Turn(**each) for each in document.pop("history", ()))
    return Question(**document, history=turns)


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
        raise Refusal(400, "the body is not a JSON object")
    return document


def _refuse_constant(name: str) -> None:
    raise Refusal(400, f"the body is not JSON: {name} is not a number")


def _history(value: object) -> str | None:
    fits = isinstance(value, list) and len(value) <= MOST_TURNS and all(map(_is_turn, value))
    return None if fits else f"must be a list of at most {MOST_TURNS} questions and answers"


def _is_turn(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"question", "answer"}
        and not any(map(validation.filled_string, value.values()))
    )


_NAME = validation.short_string(LONGEST_NAME, validation.filled_string)
_CHECKS: dict[str, validation.Check] = {
    "text": validation.filled_string,
    "question": validation.filled_string,
    "speech": validation.boolean,
    "voice": _NAME,
    "speed": validation.positive(),
    "language": _NAME,
    "codec": validation.optional(validation.one_of(("pcm_s16le", "opus"))),
    "tokens_per_second": validation.positive(
        f"a positive number, at most {MOST_TOKENS_PER_SECOND}", most=MOST_TOKENS_PER_SECOND
    ),
    "history": _history,
    "fault": validation.optional(validation.one_of(("text", "speech"))),
}
