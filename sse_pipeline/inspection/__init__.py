"""What is shown of one stream to those who look after it: live from the store, or as journaled."""

from .report import Report, report

__all__ = ["Report", "report"]
