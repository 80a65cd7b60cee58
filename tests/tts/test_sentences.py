"""Sentences are cut where a reader would cut them, in each language, and at no other place."""

import pytest

from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.text_pipeline import TextPipeline

WRAPPED = "The fox jumps over the lazy dog and runs away from"


def make_pipeline(language: str, **options) -> TextPipeline:
    return TextPipeline(Segmenter(language, **options), language)


def parts(text: str, language: str = "en", **options) -> list[tuple[int, int]]:
    """Return where the segments stand, for the whole text and for each way to cut it in two."""
    whole = make_pipeline(language, **options)
    found = whole.feed(text) + whole.flush()
    for at in range(len(text)):
        cut = make_pipeline(language, **options)
        assert cut.feed(text[:at]) + cut.feed(text[at:]) + cut.flush() == found
    return [(segment.begin, segment.end) for segment in found]


def displayed(text: str, language: str = "en", **options) -> list[str]:
    return [text[begin:end] for begin, end in parts(text, language, **options)]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", ["Er lebte im 19. Jahrhundert in Wien. ", "Danach ging er."]),
        ("de", ["Der 2. Versuch und das 3. Mal. ", "Gut."]),
        ("de", ["Es war 1990. ", "Das war gut."]),
        ("de", ["Vom 1. bis 3. Mai war es so. ", "Dann nicht."]),
        ("es", ["Vive en el n. \u00ba 5 de la calle. ", "Bien."]),
        (
            "hi",
            [
                "\u0921\u0949. \u0936\u0930\u094d\u092e\u093e \u0906\u090f\u0964 ",
                "\u0935\u0947\u0964",
            ],
        ),
        (
            "ja",
            ["\u5186\u5468\u7387\u306f\uff13\uff0e\uff11\uff14\u3067\u3059\u3002", "\u6b21\u3002"],
        ),
        ("zh", ["\u7ea6\uff13\uff0e\uff11\uff14\u3002", "\u597d\u3002"]),
        ("cs", ["\u017dil v 19. stolet\u00ed. ", "Pak ne."]),
        ("pl", ["W 2. po\u0142owie roku. ", "Koniec."]),
        (
            "ru",
            [
                "\u0412 19. \u0432\u0435\u043a\u0435 \u0442\u0430\u043a. ",
                "\u041f\u043e\u0442\u043e\u043c.",
            ],
        ),
        ("hu", ["A 19. sz\u00e1zadban volt. ", "V\u00e9ge."]),
        ("en", ["He is no. 5 of them. ", "It was 5. ", "Then it was not."]),
    ],
)
def test_ordinals_titles_and_numbers_end_no_sentence(language, sentences):
    assert displayed("".join(sentences), language) == sentences


@pytest.mark.parametrize(
    "text",
    [
        "Please call (555) 123-4567 today",
        "The function f(x) = 3x is linear",
        "The price was 1,\u00a0250 and no more",
        "The ratio of it is 3: 30 of them",
        "\u4ef7\u683c\u662f\u5927\u7ea6\u4e00\u5171\u4e0d\u5230\u4eba\u6c11\u5e01\uff11\uff0c\uff12\uff15\uff10\u5143",
    ],
)
def test_the_first_clause_ends_in_no_number_or_formula(text):
    assert displayed(text, fast_start=True) == [text]


@pytest.mark.parametrize(
    ("pending", "paused"),
    [
        ("It costs, 1,", "It costs, "),
        ("It costs, 1, ", "It costs, "),
        ("It is 3: ", ""),
        ("Take fruit, e. ", "Take fruit, "),
        ("Take fruit, e. g. ", "Take fruit, "),
        ("Well, ask Dr. ", "Well, "),
        ("In 2020, we ", "In 2020, "),
        ("It is over. ", "It is over. "),
        (f"{WRAPPED}\n", f"{WRAPPED}\n"),
    ],
)
def test_an_idle_flush_ends_in_no_number_or_abbreviation(pending, paused):
    pipeline = make_pipeline("en")
    pipeline.feed(pending)
    assert "".join(segment.text for segment in pipeline.flush_to_pause()) == paused


def test_a_heading_comes_at_once():
    assert len(make_pipeline("en").feed("# A title\n")) == 1


@pytest.mark.parametrize(
    "line", ["Two.\n", "Two\n", "\u4e8c\u3002\n", 'He said "two."\n', "(Two!)\n"]
)
def test_the_end_of_a_line_is_not_held(line):
    assert [segment.text for segment in make_pipeline("en").feed(line)] == [line]


@pytest.mark.parametrize(
    "sentences",
    [
        [f"{WRAPPED}\nthe bear. ", "Then they rest near a big river and drink\nsome water.\n"],
        [f"{WRAPPED}\r\nOslo, which is far away from here, and from\r\nus.\r\n", "\r\nA new one."],
        [f"{WRAPPED}\n", "\nanother paragraph"],
        [f"{WRAPPED}  \n", "and a hard break"],
        [f"{WRAPPED}:\n", "what was announced"],
        [f"- {WRAPPED}\n  a bear\n", "- and a second item"],
        [f"{WRAPPED}\n", "- an item"],
        [f"{WRAPPED}\n", "1. a numbered item"],
        [f"{WRAPPED}\n", "# A heading"],
        [f"# {WRAPPED}\n", "and a text"],
        [f"| {WRAPPED} | 1 |\n", "| a second row | 2 |"],
        ["Roses are red\n", "violets are blue"],
        [f"{WRAPPED}\n", "```\ncode()\n```"],
    ],
)
def test_prose_is_wrapped_and_verses_are_not(sentences):
    assert displayed("".join(sentences), "en") == sentences


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "th",
            "\u0e1b\u0e23\u0e30\u0e40\u0e17\u0e28\u0e44\u0e17\u0e22\u0e41\u0e25\u0e30\u0e40\u0e1e\u0e37\u0e48\u0e2d\u0e19"
            * 8,
        ),
        ("hi", "\u0939\u093f\u0928\u094d\u0926\u0940\u0915\u0940" * 12),
    ],
)
@pytest.mark.parametrize("limit", range(20, 30))
def test_a_cut_never_stands_before_a_vowel_sign(language, text, limit):
    no_start = "\u0e30\u0e32\u0e33\u0e37\u0e48\u093f\u0940\u094d"
    for begin, _ in parts(text, language, max_characters=limit)[1:]:
        assert text[begin] not in no_start
        assert text[begin - 1] not in "\u0e40\u0e41\u0e44"
