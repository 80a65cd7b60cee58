"""Displayed text is cleaned for speech, alike however it is chopped, and keeps its places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.speech.text_chunks import chop
from sse_pipeline.tts.text.cleaning import MarkdownCleaner
from sse_pipeline.tts.text.spoken_spans import SpokenSpan, join_spans

MARKUP = [
    "*", "**", "_", "~~", "`", "``", "```", "~~~", "```py\n", "\n```\n", "\n", "\r", "\r\n",
    "\n\n", " ", "  ", "\t", "# ", "## x ##", "> ", "- ", "* ", "+ ", "1. ", "2) ", "[ ] ", "[x] ",
    "---", "===", "***", "___", "|", " | ", "|---|:-:|\n", "| a | b |\n", "[", "]", "](", "](u)",
    "](u \"t\")", "![", "[1]", "[^1]", "[^1]: ", "[r]: http://a.b\n", "][r]", "http", "https://",
    "https://a.b/c_d.", "www.", "www.a.b", "(", ")", "/", ".", ",", "!", "?", ":", ";", "<", ">",
    "<br>", "</b>", "<!--", "-->", "<a@b.c>", "<https://a.b>", "&", "&amp;", "&#39;", "\\", "\\*",
    "\\[", "\\]", "$", "$$", "$x^2$", "\u3010", "\u301012\u2020s\u3011", "\U0001f600",
    "\U0001f468\u200d\U0001f469", "\u200d", "\ufe0f", "1\ufe0f\u20e3", "\U0001f1e9\U0001f1ea",
    "\U0001f44d\U0001f3fd", "\u2122", "\u91cd\u8981", "\u3002", "a", "word", "h", "w", "5",
    "<think>", "</think>", "<script>", "</script>", '{"name": "f", "arguments": {', "}", "}}",
    "    x", "[THINK]", "[/THINK]", "data:a/b;c,d", "<img src='", "+++\n", "k: v\n", "---\n",
    "snake_case", "\ud800", "\0", "\xa0", "\u2028", "'", '"',
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=6)), max_size=24).map("".join)


def read(*texts: str) -> list[SpokenSpan]:
    speech = MarkdownCleaner()
    return [piece for text in texts for piece in speech.feed(text)] + speech.flush()


def spoken(text: str) -> str:
    return "".join(piece.text for piece in read(text))


def skipped(text: str) -> list[tuple[str, str | None]]:
    pieces = join_spans(read(text))
    return [(text[p.begin : p.end], p.skipped) for p in pieces if p.skipped]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $3.50 * 2 = 7.",
        "C:\\dir",
        "a_b_c and snake_case_name",
        "5 < 6 > 4, a<b and c>d",
        "[sic] (see above) {x}",
        "2*3*4, 2**3, f(x)*g(y), 5 *, a * b * c",
        "$3.50 and $4, $PATH and $HOME",
        "List<String> and AT&T and &c.",
        "#hash, #5, C#",
        "~5 and ~ x ~",
        "*.py",
        "me@a_b.com",
        "\u00a9 \u2122 \u2194 1 # *",
        "Hello! (What?) -- yes - no.",
        "-5 degrees\n+1 point\n3.50 is it\n2026 was it\n>= 5\n== 5 == x",
        "[a](b c d) and [0] and [note]: that",
        "$$$ money",
        "http and www. and h",
        "clé, żółw, Москва, 你好。",
        "\0\ud800\u2028",
    ],
)
def test_plain_text_is_spoken_as_it_stands(text):
    assert spoken(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold** *it* ***both*** __x__ _y_ ~~z~~", "bold it both x y z"),
        ("**bold *and it***, *foo*bar", "bold and it, foobar"),
        ("**5*4**", "5*4"),
        ("**.env** and **kwargs", ".env and kwargs"),
        ("**left\nopen\n\n*", "left\nopen\n\n"),
        ("__init__ of _a_b_", "init of a_b"),
        ("これは**重要。**です", "これは重要。です"),
        ("Call `f(*a, b_c)` or ``x`y``.", "Call f(*a, b_c) or x`y."),
        ("`open\n*b*", "open\nb"),
        ("\\*no\\* \\_ \\\\ \\# line\\\nend", "*no* _ \\ # line\nend"),
    ],
)
def test_marks_within_a_line_go(text, expected):
    assert spoken(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title ##\nText", "Title\nText"),
        ("###### Deep\n", "Deep\n"),
        ("# C# and F#\n", "C# and F#\n"),
        ("Title\n===\nSub\n---\n", "Title\n\nSub\n\n"),
        ("a\n\n***\n* * *\n___\n- - -\nb", "a\n\n\n\n\n\nb"),
        ("> quote\n> > more", " quote\n  more"),
        ("- a\n* b\n+ c\n\u2022 d", "a\nb\nc\nd"),
        ("- [ ] open\n- [x] done\n[x] no", " open\n done\n[x] no"),
        ("1. one\n2) two\n   10. ten", "1, one\n2, two\n   10, ten"),
        ("1. **Bold**: text\n   - *sub*", "1, Bold: text\n   sub"),
        ("> - # x", " x"),
    ],
)
def test_marks_at_the_start_of_a_line_go(text, expected):
    assert spoken(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| A | B |\n|---|:-:|\n| 1 | 2 |\n", "A, B\n\n1, 2\n"),
        ("|a|b|\n|-|-|\n|`x`|**y**|", "a, b\n\nx, y"),
        ("| Name     | Age   |\r\n", "Name, Age\r\n"),
        ("|  | b |  | d\n", "b, d\n"),
        ("Name | X\n--- | ---\n", "Name | X\n\n"),
        ("a | b", "a | b"),
    ],
)
def test_the_cells_of_a_table_are_a_list(text, expected):
    assert spoken(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('see [text](http://a.b/c "t") now', "see text now"),
        ("[**a** `b`](x) and [c](<x y> 'z')", "a b and c"),
        ("[a](https://x.y/Foo_(bar)).", "a."),
        ("![alt](x.png) [![badge](i)](l)", "alt badge"),
        ("[a][ref], [b][]", "a, b"),
        ("[ref]: https://a.b 'T'\nText", "\nText"),
        ("big[1][2]. [^1] [1, 2] [3-5] [[1]](u) [2](u)", "big.     "),
        ("[^1]: A note", " A note"),
        ("x\u301012\u2020source\u3011.", "x."),
        ("Go to https://www.example.com/a/b?c=d_e.f.", "Go to example.com."),
        ("(https://en.wikipedia.org/wiki/A_(b)), ok", "(en.wikipedia.org), ok"),
        ("http://localhost:8000/x! HTTPS://A.B", "localhost! A.B"),
        ("**https://a.com/b** www.foo.org/x; www.a", "a.com foo.org; www.a"),
        ("看https://a.com/x。好", "看a.com。好"),
        ("<https://a.com/b?c> <me@a.com>", "a.com me@a.com"),
        ("[https://a.com/b](https://a.com/b)", "a.com"),
        ("[a](" + "x" * 900 + ")", "a"),
    ],
)
def test_a_link_is_spoken_by_its_name(text, expected):
    assert spoken(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<br>b<br/> c <b>d</b>H<sub>2</sub>O", "a b  c dH2O"),
        ('<p class="x">a</p><!-- *b*\nc --> d', "a  d"),
        ("a &amp; b&nbsp;&lt; &#39;&#x41; &nosuch;", "a & b\xa0< 'A &nosuch;"),
        ("Hi\U0001f44bworld \U0001f44d\U0001f3fd!", "Hi world !"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467x\U0001f1e9\U0001f1eay", "x y"),
        ("1\ufe0f\u20e3 go \u2764\ufe0f", "1 go "),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("$x^2$, $E = mc^2$, $\\frac{a}{b}$", ", , "),
    ],
)
def test_html_emoji_and_small_formulas_are_cleaned(text, expected):
    assert spoken(text) == expected


@pytest.mark.parametrize(
    ("text", "block", "rest"),
    [
        ("a\n```py\nx = 1\n```\nb", "```py\nx = 1\n```", "a\n\nb"),
        ("~~~\n```\n~~~~\nb", "~~~\n```\n~~~~", "\nb"),
        ("````\n```\n````", "````\n```\n````", ""),
        ("- a\n     ```\n     x\n     ```\n", "```\n     x\n     ```", "a\n     \n"),
        ("```\r\nx\r\n```\r\ny", "```\r\nx\r\n```", "\r\ny"),
        ("```\nnever ends\n``", "```\nnever ends\n``", ""),
        ("> ```\n> x\n> ```\n> y", "```\n> x\n> ```", " \n y"),
        ("> ```\n> x\ny", "```\n> x\n", " y"),
    ],
)
def test_a_code_block_is_skipped_whole(text, block, rest):
    assert skipped(text) == [(block, "code")]
    assert spoken(text) == rest


def test_what_begins_with_three_backticks_may_be_code_within_a_line():
    assert spoken("```x``` is") == "x is"
    assert skipped("```x``` is") == []


def test_a_formula_of_its_own_is_skipped_to_its_end_or_a_blank_line():
    assert skipped("$$\na\n=b $$ c") == [("$$\na\n=b $$", "formula")]
    assert skipped("\\[ a \\]\nb") == [("\\[ a \\]", "formula")]
    assert spoken("$$ open\n\nText") == "\n\nText"


def test_a_code_block_survives_a_flush():
    speech = MarkdownCleaner()
    pieces = (
        speech.feed("```\nx\n``") + speech.flush() + speech.feed("\ny\n```\nz") + speech.flush()
    )
    assert "".join(piece.text for piece in pieces) == "\nz"


def test_a_flush_gives_what_is_held_back():
    speech = MarkdownCleaner()
    assert speech.feed("[not a li") == []
    assert [piece.text for piece in speech.flush()] == ["[", "not a li"]
    assert speech.flush() == []
    assert speech.characters == 9


@pytest.mark.parametrize("text", ["Plain prose comes at once, 3.50 of it.", "Über Äpfel, 好。"])
def test_plain_prose_is_not_held_back(text):
    speech = MarkdownCleaner()
    for character in text:
        assert [piece.text for piece in speech.feed(character)] == [character]


@pytest.mark.parametrize(
    "start", ["[", "<b ", "$x", "&a", "|", "*", "`", "~", "h", "a!", "- ", "  "]
)
@pytest.mark.parametrize("rest", ["x", " ", "-", "*", "`", "."])
def test_nothing_is_held_back_longer_than_the_limit(start, rest):
    speech = MarkdownCleaner()
    pieces = speech.feed(start)
    for _ in range(1100):
        pieces += speech.feed(rest)
    assert speech.characters - pieces[-1].end <= 300


@pytest.mark.parametrize("start", ["a\n\n# ", "> ", "1. ", "- ", "`", "**", "[a](b) "])
def test_text_after_a_mark_comes_at_once(start):
    speech = MarkdownCleaner()
    speech.feed(start)
    assert speech.feed("Text")[-1].text.endswith("Text")


def test_neighbours_that_are_read_alike_are_joined():
    pieces = [SpokenSpan(part, at, at + 1) for at, part in enumerate(["a", "b", "", "", "c"])]
    assert join_spans(pieces) == (
        SpokenSpan("ab", 0, 2),
        SpokenSpan("", 2, 4),
        SpokenSpan("c", 4, 5),
    )


@settings(max_examples=400)
@given(texts, st.lists(st.integers(1, 9)))
def test_the_chopping_changes_nothing(text, sizes):
    whole = join_spans(read(text))
    assert join_spans(read(*chop(text, sizes))) == whole
    assert join_spans(read(*text)) == whole


@given(texts, st.integers(1, 9), st.integers(1, 5))
def test_the_pieces_tile_the_text_through_flushes(text, size, every):
    speech, pieces = MarkdownCleaner(), []
    for number, begin in enumerate(range(0, len(text), size)):
        pieces += speech.feed(text[begin : begin + size])
        if number % every == 0:
            pieces += speech.flush()
    pieces += speech.flush()
    assert [piece.begin for piece in pieces] == [0, *(piece.end for piece in pieces)][: len(pieces)]
    assert (pieces[-1].end if pieces else 0) == len(text) == speech.characters
    assert all(piece.begin < piece.end for piece in pieces)
    assert all(not piece.text for piece in pieces if piece.skipped)
