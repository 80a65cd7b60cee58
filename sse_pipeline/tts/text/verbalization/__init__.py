"""Writes out what engines read badly: amounts of money, units, dates and abbreviations.

`verbalize` returns the spoken text of a segment, and `continues_sentence` says whether a dot
belongs to an abbreviation. Both are for the other modules of `text`. The words of each language are
in `languages`.
"""

from sse_pipeline.tts.text.verbalization.verbalizer import continues_sentence, verbalize

__all__ = ["continues_sentence", "verbalize"]
