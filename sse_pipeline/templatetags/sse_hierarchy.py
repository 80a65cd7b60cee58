"""The date hierarchy of a long list."""

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def sse_date_hierarchy(changes: Any) -> dict[str, Any]:
    """Show the dates by which the list can be narrowed."""
    from ..admin.hierarchy import date_hierarchy  # noqa: PLC0415 - a site may have no admin

    return date_hierarchy(changes) or {}
