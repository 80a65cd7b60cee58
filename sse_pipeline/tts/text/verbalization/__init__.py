"""Writes out what engines read badly: amounts of money, units, dates and abbreviations.

`verbalize` returns the spoken text of a segment. `continues_sentence` says whether a dot belongs to
an abbreviation, an ordinal or a number, and `may_continue` whether it may. They are for the other
modules of `text`. The words of each language are in `languages`.
"""

from sse_pipeline.tts.text.verbalization.sentences import continues_sentence, may_continue
from sse_pipeline.tts.text.verbalization.verbalizer import verbalize

__all__ = ["continues_sentence", "may_continue", "verbalize"]
