"""Data, scripts, comments, thoughts and calls of tools are silent, however long they are."""

import pytest

from harness.speech.text_chunks import chop
from sse_pipeline.tts.text.cleaning import MarkdownCleaner

LONG = "QUJD" * 5_000


def spoken(*chunks: str, speaks_thinking: bool = False) -> str:
    cleaner = MarkdownCleaner(speaks_thinking=speaks_thinking)
    spans = [span for chunk in chunks for span in cleaner.feed(chunk)] + cleaner.flush()
    assert [span.begin for span in spans] == [0, *(span.end for span in spans)][: len(spans)]
    return "".join(span.text for span in spans)


def check(text: str, expected: str) -> None:
    """Check what is spoken, with the text cut at each place."""
    assert spoken(text) == expected
    step = max(len(text) // 200, 1)
    for at in range(0, len(text), step):
        assert spoken(*chop(text, [at])) == expected
    for size in (1, 2, 3, 7) if len(text) < 1_000 else (97,):
        assert spoken(*chop(text, [size] * (len(text) // size))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a ![x](data:image/png;base64,{LONG}) b", "a x b"),
        (f"a ![](data:image/svg+xml;base64,{LONG}) b", "a  b"),
        (f'a [name](https://e.com/{LONG} "title") b', "a name b"),
        (f"a [name](https://e.com/{'x' * 1500}?q=(1)) b", "a name b"),
        (f'a <img src="data:image/png;base64,{LONG}" alt="x"> b', "a  b"),
        (f"a <img\n src='data:image/png;base64,{LONG}'> b", "a  b"),
        (f"data:image/gif;base64,{LONG} b", " b"),
        (f"[x]: data:image/png;base64,{LONG}\nb", "\nb"),
        ("Text and data: this, metadata:x", "Text and data: this, metadata:x"),
    ],
)
def test_an_address_that_holds_data_is_never_read_out(text, expected):
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He read [1984](https://x.y/z), twice.[2](u)", "He read 1984, twice."),
        ("A [747](https://a.b) and [365](c) days", "A 747 and 365 days"),
        ("see [wrapped\ntext](http://a.b) now", "see wrapped\ntext now"),
        ('[a](\n  http://a.b\n  "title") b', "a b"),
        ("[x]: docs/page.md\n[y]: file.png\nb", "\n\nb"),
    ],
)
def test_a_link_keeps_its_name(text, expected):
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n<script>\nlet x = 1;\n\nif (a<b) {}\n</script>\nb", "a\n\nb"),
        ('<SCRIPT src="x">\n\nx\n</Script >b', "b"),
        ("<style>\np {\n\n}\n", ""),
        ("a <style>p {x: y}</style> b", "a  b"),
        ("a <iframe src='u'>no frames</iframe> b", "a  b"),
        ("a <svg width='1'><path d='M0 0'/></svg> b", "a  b"),
        ("<a\n  href='x'\n  class=\"y\">link</a> and <br\n/> b", "link and  b"),
        ("<input disabled> <video controls src=x />a", " a"),
        ("a <b and c > d", "a <b and c > d"),
        ("<details open>\n<summary>More</summary>\n\nb", "\nMore \n\nb"),
        ("<!DOCTYPE html>\na <![CDATA[x]]> b", "\na  b"),
    ],
)
def test_html_is_read_as_a_browser_shows_it(text, expected):
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!-- a\n\nb -->\nc", "\nc"),
        ("a <!-- x --> b <!-- y --> c", "a  b  c"),
        ("a <!-- open\n\nNext. More.", "a \n\nNext. More."),
        ("a <!-- open", "a "),
        (f"<!-- {'long ' * 1_000}-->b", "b"),
        ("a <!-> b", "a <!-> b"),
    ],
)
def test_a_comment_that_is_never_closed_does_not_silence_the_rest(text, expected):
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\ntitle: Foo\ntags:\n  - a\n- b\n\ndate: 2020\n---\n# Head", "\nHead"),
        ("---\r\ntitle: Foo\r\n...\r\na", "\r\na"),
        ("+++\ntitle = 'x'\n[menu]\n+++\na", "\na"),
        ("---\n" + "key: a value of some words\n" * 500 + "---\na", "\na"),
        ("---\nNote: this is text\n\nMore", "\nNote: this is text\n\nMore"),
        ("a\n\n---\nb: c\n---\nd", "a\n\n\nb: c\n\nd"),
    ],
)
def test_front_matter_is_silent_at_the_beginning_only(text, expected):
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Text:\n\n    x = 1\n    y = 2\n\n    z\n\nb", "Text:\n\n    \n\nb"),
        ("Text:\n\n\tx = 1\nb", "Text:\n\n\t\nb"),
        ("    x = 1\nb", "    \nb"),
        ("Text\n    goes on", "Text\n    goes on"),
        ("- item\n\n    more\n\n        code\n\nb", "item\n\n    more\n\n        \n\nb"),
        ("1. a\n\n   b\n\n       code\nc", "1, a\n\n   b\n\n       \nc"),
        ("- a\n\n    - b", "a\n\n    b"),
        ("- a\n\nb\n\n    code", "a\n\nb\n\n    "),
    ],
)
def test_code_that_is_indented_is_skipped(text, expected):
    check(text, expected)


THOUGHTS = [
    ("<think>\nhmm *x*\n\nok</think>\n\nAnswer", "\n\nAnswer"),
    (f"<think>{'hmm, ' * 2_000}</think>Answer", "Answer"),
    ("Hello <think>hm</think> world <thinking>a</thinking>.", "Hello  world ."),
    ("<reasoning effort='high'>a\n\nb</reasoning>\nc", "\nc"),
    ("<Thought>a</Thought>b", "b"),
    ("<seed:think>a</seed:think>b", "b"),
    ("<think>never closed\n\nstill thinking", ""),
    ("\u25c1think\u25b7x\u25c1/think\u25b7b", "b"),
    ("[THINK]abc\n\nd[/THINK]b", "b"),
    ("<|START_THINKING|>a<|END_THINKING|>b", "b"),
    ("<|begin_of_thought|>\na\n\nb<|end_of_thought|>\nc", "\nc"),
    (
        (
            "<|channel|>analysis<|message|>User asks<|end|>"
            "<|start|>assistant<|channel|>final<|message|>b"
        ),
        "b",
    ),
]
CALLS = [
    ('<tool_call>\n{"name": "f"}\n</tool_call>\nb', "\nb"),
    ("<function_calls>\n<invoke name='x'>\n</invoke>\n</function_calls>\nb", "\nb"),
    ("<tool_result>\n42\n\n43\n</tool_result>b", "b"),
    ("<function=get>{}</function>b", "b"),
    ('[TOOL_CALLS][{"name":"f"}]\nb', "\nb"),
    ('{"name": "get", "arguments": {"city": "Pa}ris", "n": [1]}}\nb', "\nb"),
    ('{\n  "tool_calls": [\n    {"id": "call_1"}\n  ]\n}\n\nb', "\n\nb"),
    ('[{"type": "function", "function": {"name": "f"}}]\nb', "\nb"),
    ('{"thought": "I will \\"see\\"", "action": "f"}\nb', "\nb"),
    ('I call {"name": "f", "arguments": {}} now', "I call  now"),
    ('I call [{"name": "f", "parameters": {}}] now', "I call  now"),
    ('{"name": "cut", "arguments": {"a": 1\n\nb', "\nb"),
    ('{"name": "cut", "arguments": "a\n\nb', "\nb"),
    ('{"name": "cut", "arguments": "a\\\n\nb', "\nb"),
    ("<\uff5ctool\u2581calls\u2581begin\uff5c>x<\uff5ctool\u2581calls\u2581end\uff5c>b", "b"),
]


@pytest.mark.parametrize(("text", "expected"), THOUGHTS + CALLS)
def test_thoughts_and_calls_of_tools_are_silent(text, expected):
    check(text, expected)


@pytest.mark.parametrize("tag", ["<think>", "<tool_call>", "<!--", "<iframe>"])
@pytest.mark.parametrize("before", ["Use the ", "You can use the\n"])
def test_a_tag_in_prose_that_is_never_closed_hides_its_paragraph_only(before, tag):
    rest = "\n\n" + "More of it. " * 300
    check(f"{before}{tag} tag for it.{rest}", before + rest)


@pytest.mark.parametrize(
    "text",
    [
        'f{x} and {"a": 1}, {"name": "Bob", "age": 5}',
        "[THINKER] and <thinker and [x]{y}",
        "I think. Therefore, I am.",
    ],
)
def test_what_only_resembles_them_is_spoken(text):
    check(text, text)


def test_code_may_show_their_tags():
    check("Use `<think>` and `</think>`.", "Use <think> and </think>.")


def test_they_are_spoken_on_request():
    text = '<think>hm</think>b\n{"name": "f", "arguments": {}}'
    assert "hm" in spoken(text, speaks_thinking=True)
    assert "arguments" in spoken(text, speaks_thinking=True)
    assert spoken("<!-- a -->b", speaks_thinking=True) == "b"
