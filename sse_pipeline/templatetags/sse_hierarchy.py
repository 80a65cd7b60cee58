"""The date hierarchy of a long list."""

from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList

from ..admin.hierarchy import hierarchy

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def sse_date_hierarchy(changes: ChangeList) -> dict[str, Any]:
    """Show it."""
    return hierarchy(changes) or {}
