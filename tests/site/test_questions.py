"""The questions of a client, and the errors for wrong fields."""

import json
from typing import Any

import pytest

from project.questions import MOST_TURNS, Question, Turn, parse
from sse_pipeline.http.endpoint import Refusal

HISTORY = f"must be a list of at most {MOST_TURNS} questions and answers"


def refusal(document: Any) -> Refusal:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(Refusal) as refused:
        parse(body)
    assert refused.value.status == 400
    return refused.value


@pytest.mark.parametrize(
    ("document", "question"),
    [
        ({"text": "x"}, Question(text="x")),
        ({"question": "x"}, Question(question="x")),
        ({"text": "\x00\u2028\N{GRINNING FACE}"}, Question(text="\x00\u2028\N{GRINNING FACE}")),
        ({"text": "x", "speech": False}, Question(text="x", speech=False)),
        ({"text": "x", "voice": "v", "language": "l"}, Question("x", voice="v", language="l")),
        ({"text": "x", "speed": 2}, Question("x", speed=2)),
        ({"text": "x", "tokens_per_second": 0.1}, Question("x", tokens_per_second=0.1)),
        ({"text": "x", "tokens_per_second": 1000}, Question("x", tokens_per_second=1000)),
        ({"text": "x", "fault": "speech"}, Question("x", fault="speech")),
        ({"text": "x", "fault": None}, Question("x")),
        (
            {"question": "x", "history": [{"question": "a", "answer": "b"}]},
            Question(question="x", history=(Turn("a", "b"),)),
        ),
    ],
)
def test_good_documents(document: dict[str, Any], question: Question) -> None:
    assert parse(json.dumps(document).encode()) == question
    assert parse(json.dumps(document, ensure_ascii=False).encode()) == question


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({}, "give a text or a question"),
        ({"text": "x", "question": "y"}, "give either a text or a question"),
        ({"text": 7}, "must be a string"),
        ({"text": " "}, "must not be empty"),
        (b'{"text": "\\udc00"}', "must not contain a lone surrogate"),
        ({"text": "x", "speech": None}, "must be true or false"),
        ({"text": "x", "speed": "1"}, "must be a positive number"),
        ({"text": "x", "speed": -1}, "must be a positive number"),
        (b'{"text": "x", "speed": 1e999}', "must be a positive number"),
        ({"text": "x", "tokens_per_second": 1001}, "must be a positive number, at most 1000"),
        ({"text": "x", "history": "a"}, HISTORY),
        ({"text": "x", "history": [{"question": "a"}]}, HISTORY),
        ({"text": "x", "history": [{"question": "a", "answer": ""}]}, HISTORY),
        ({"text": "x", "history": [{"question": "a", "answer": "b"}] * 51}, HISTORY),
        ({"text": "x", "fault": "both"}, "must be 'text' or 'speech'"),
        (b"\xff", "the body is not UTF-8"),
        (b"", "the body is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[NaN]", "the body is not JSON: NaN is not a number"),
        (b'{"text": -Infinity}', "the body is not JSON: -Infinity is not a number"),
        (b"[" * 100_000, "the body is JSON that can't be read"),
        (b"[]", "the body is not a JSON object"),
    ],
)
def test_what_is_told_of_a_bad_document(document: Any, complaint: str) -> None:
    assert str(refusal(document)) == complaint


def test_an_unknown_field_is_told_the_known() -> None:
    refused = refusal({"text": "x", "Speed": 1})
    assert refused.document["field"] == "Speed"
    assert str(refused).startswith("is not a known key; the keys are text, question, ")


@pytest.mark.parametrize(
    ("question", "config"),
    [
        (Question("x"), {}),
        (Question("x", speed=0.5), {"speed": 0.5}),
        (Question("x", voice="v", language="l", fault="text"), {"voice": "v", "language": "l"}),
    ],
)
def test_what_goes_on_to_the_speech(
    question: Question, config: dict[str, Any], settings: Any
) -> None:
    settings.SPEECH = {"engine": "piper", "voice": "joe"}
    assert question.org_config == {"engine": "piper", "voice": "joe", **config}
