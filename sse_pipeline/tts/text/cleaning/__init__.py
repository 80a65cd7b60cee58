"""Removes from displayed text what is not spoken: Markdown, link targets, HTML, code and emoji.

`MarkdownCleaner` reads the text as it comes and is all that other folders use. It calls
`line_starts` at the start of a line, `line_text` within it, and a reader of `literal_text` inside
code, formulas, comments and addresses. All of them state their constructs as rules of
`markdown_rules`.
"""

from sse_pipeline.tts.text.cleaning.markdown_cleaner import MarkdownCleaner

__all__ = ["MarkdownCleaner"]
