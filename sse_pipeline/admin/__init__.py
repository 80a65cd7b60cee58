"""The admin: what every stream is doing and did, and how to step in. Nothing can be edited."""

from .others import InterventionAdmin, ProcessAdmin
from .streams import StreamAdmin

__all__ = ["InterventionAdmin", "ProcessAdmin", "StreamAdmin"]
