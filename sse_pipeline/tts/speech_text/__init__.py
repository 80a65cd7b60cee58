"""What is spoken of a displayed text: Markdown, addresses, emoji and code cleaned as they come."""

from .cleaning import SpeechText
from .pieces import Piece, coalesce

__all__ = ["Piece", "SpeechText", "coalesce"]
