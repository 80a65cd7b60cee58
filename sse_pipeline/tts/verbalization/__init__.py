"""Puts into words what engines read badly: amounts, units, dates and abbreviations."""

from .wording import is_abbreviated, verbalize

__all__ = ["is_abbreviated", "verbalize"]
