"""The admin: what every stream is doing and did, and how the staff steps in. Nothing can be edited.

`stream_admin` has the list of streams and the page of one. `other_admins` lists processes and
interventions. `readonly`, `hierarchy` and `search` keep these lists fast over a million rows.

From outside use nothing: Django finds the admins that are registered here. The template tag
`sse_date_hierarchy` uses `hierarchy`.
"""

from .other_admins import InterventionAdmin, ProcessAdmin
from .stream_admin import StreamAdmin

__all__ = ["InterventionAdmin", "ProcessAdmin", "StreamAdmin"]
