"""Escaping: it makes visible what a text of others would do to those who look at it.

`escape_controls` is for pages, terminals and the journal. The loggers of this library are made by
`make_logger`, which escapes each record. Nothing else in the library escapes for people.
"""

from .controls import escape_controls
from .loggers import make_logger

__all__ = ["escape_controls", "make_logger"]
