"""Formulas are found as renderers find them, and read. Money stays money."""

import subprocess
import sys

import pytest

from harness.speech.text_chunks import chop
from sse_pipeline.tts.text.cleaning import MarkdownCleaner
from sse_pipeline.tts.text.formulas import read_formula
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.text_pipeline import TextPipeline


def spoken(*chunks: str, language: str = "en", **options) -> str:
    pipeline = TextPipeline(Segmenter(language), language, **options)
    found = [segment for chunk in chunks for segment in pipeline.feed(chunk)] + pipeline.flush()
    return "".join(segment.text for segment in found)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "$x^2$, $E = mc^2$, $\\frac{a}{b}$", "x squared, E equals m c squared, a over b"),
        ("en", "$v_{\\text{max}} < 3$", "v sub max is less than 3"),
        ("en", "$2$ is prime", "2 is prime"),
        ("en", "about $10^6$.", "about 10 to the 6."),
        ("en", "$n - 1$ items", "n minus 1 items"),
        ("en", "so $$x^2 = 4$$ holds", "so x squared equals 4 holds"),
        ("en", "If \\(x_i \\leq 3\\), go", "If x sub i is less than or equal to 3, go"),
        ("en", "so \\[a + b\\] is", "so a plus b is"),
        ("en", "\\begin{equation}\nx = 1\n\\end{equation}\n", "x equals 1\n"),
        ("en", "$b^2-4ac$", "b squared minus 4 a c"),
        ("en", "$x > -15$", "x is greater than negative 15"),
        ("en", "$10 - 3 = 7$", "10 minus 3 equals 7"),
        ("en", "$e^{-x}$", "e to the power, negative x"),
        ("en", "$f: A \\to B$", "f colon A to B"),
        ("en", "$2H_2 + O_2 \\rightarrow 2H_2O$", "2 H sub 2 plus O sub 2 gives 2 H sub 2 O"),
        ("en", "$\\lim_{x \\to 0} x$", "limit as x tends to 0 of x"),
        ("de", "$x^2$, also \\(n - 1\\)", "x Quadrat, also n minus 1"),
        ("de", "$e^{-x}$", "e hoch, minus x"),
        ("fr", "$x^2 = 4$", "x au carr\u00e9 \u00e9gale 4"),
        ("es", "$n - 1$", "n menos 1"),
        ("en", "At $3.50 and $4, or $5-$10.", "At 3 dollars 50 and 4 dollars, or 5 to 10 dollars."),
        ("en", "$5 is more than $4", "5 dollars is more than 4 dollars"),
        ("en", "It has b^2 and x_i in it", "It has b squared and x_i in it"),
        ("en", "$PATH and $HOME", "$PATH and $HOME"),
    ],
)  # fmt: skip
def test_a_formula_is_read_and_money_stays_money(language, text, expected):
    assert spoken(text, language=language) == expected
    for at in range(len(text)):
        assert spoken(*chop(text, [at]), language=language) == expected
    assert spoken(*text, language=language) == expected


@pytest.mark.parametrize("tex", ["\\foo{x", "\ud800", "{", "}", "\\frac", "&", "x" * 2_000, "^_"])
def test_what_can_not_be_read_is_not_spelled_out(tex):
    words = read_formula(tex, "en")
    assert words is None or "\\" not in words


WITHOUT_MATHRA = """
import sys
sys.modules["mathra"] = None
from sse_pipeline.tts.text.formulas import read_formula
print([read_formula(tex, "en") for tex in ("2", "x", "x^2", "\\\\frac{a}{b}")])
"""


def test_without_the_library_only_a_number_or_a_letter_is_read():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MATHRA], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['2', 'x', None, None]"


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 a month and no more for you",
        "It costs $5, if 6 or 7 of us go",
        "a $ b c d e f g",
        "$5\u3002\u7136\u540e",
        "The (cost: $$) is what it is, so we go on",
    ],
)
def test_text_after_a_sign_of_money_is_not_held(text):
    cleaner = MarkdownCleaner()
    assert "".join(span.text for span in cleaner.feed(text)) == text


def test_formulas_are_skipped_on_request():
    text = "It is $x^2$ now.\n\n$$\ny = 1\n$$\n"
    assert spoken(text, speaks_formulas=False) == "It is  now.\n\n\n"


def test_a_formula_has_the_place_where_it_is_displayed():
    pipeline = TextPipeline(Segmenter("en"), "en")
    (segment,) = pipeline.feed("so $x^2$ is") + pipeline.flush()
    at = segment.text.index("squared")
    assert segment.find_displayed(at, at + 7) == (3, 8)
