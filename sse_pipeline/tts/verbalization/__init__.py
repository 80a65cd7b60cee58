"""Puts into words what engines read badly: amounts, units, dates and abbreviations."""

from .wording import goes_on, verbalize

__all__ = ["goes_on", "verbalize"]
