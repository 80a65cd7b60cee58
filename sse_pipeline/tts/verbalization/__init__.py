"""Puts into words what engines read badly: amounts, units, dates and abbreviations."""

from .wording import verbalize

__all__ = ["verbalize"]
