"""The date hierarchy, computed from the first and the last date.

Django (5.2) reads the dates of all rows to find the years, months and days that have some, which is
slow for a million rows. Two lookups in the index are enough. The price: a month may be empty.
"""

import calendar
import datetime as dt
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.utils import formats
from django.utils.translation import gettext

from ..inspection.times import to_local

Choice = dict[str, Any]


def date_hierarchy(changes: ChangeList) -> dict[str, Any] | None:
    """Return the context of the template `admin/date_hierarchy.html`; None if there are no rows."""
    name = str(changes.date_hierarchy)
    given = {unit: changes.params.get(f"{name}__{unit}") for unit in ("year", "month", "day")}
    picked = {unit: int(value) for unit, value in given.items() if value and value.isdecimal()}
    dates = changes.root_queryset.values_list(name, flat=True)
    # Two queries: for one with both MIN and MAX, SQLite reads the whole index.
    first, last = (dates.order_by(order).first() for order in (name, f"-{name}"))
    if first is None or last is None:
        return None
    first, last = to_local(first).date(), to_local(last).date()
    return _HierarchyLinks(changes, name).level(picked, first, last)


class _HierarchyLinks:
    """Makes the links of one level: years, months of a year, or days of a month."""

    def __init__(self, changes: ChangeList, name: str) -> None:
        self._changes = changes
        self._name = name

    def level(self, picked: dict[str, int], first: dt.date, last: dt.date) -> dict[str, Any]:
        year, month, day = (picked.get(unit) for unit in ("year", "month", "day"))
        if year and month and day:
            title = formats.date_format(dt.date(year, month, day), "MONTH_DAY_FORMAT")
            return _context(self._month(dt.date(year, month, 1)), [{"title": title}])
        if year and month:
            days = range(1, calendar.monthrange(year, month)[1] + 1)
            dates = [dt.date(year, month, number) for number in days]
            within = [self._day(date) for date in dates if first <= date <= last]
            return _context(self._choice(str(year), year=year), within)
        if year or first.year == last.year:
            months = [dt.date(year or first.year, number, 1) for number in range(1, 13)]
            within = [self._month(date) for date in months if first.replace(day=1) <= date <= last]
            return _context(self._choice(gettext("All dates")) if year else None, within)
        years = range(first.year, last.year + 1)
        return _context(None, [self._choice(str(number), year=number) for number in years])

    def _day(self, date: dt.date) -> Choice:
        title = formats.date_format(date, "MONTH_DAY_FORMAT")
        return self._choice(title, year=date.year, month=date.month, day=date.day)

    def _month(self, date: dt.date) -> Choice:
        title = formats.date_format(date, "YEAR_MONTH_FORMAT")
        return self._choice(title, year=date.year, month=date.month)

    def _choice(self, title: str, **units: int) -> Choice:
        link = self._changes.get_query_string(
            {f"{self._name}__{unit}": number for unit, number in units.items()},
            [f"{self._name}__"],
        )
        return {"link": link, "title": title}


def _context(back: Choice | None, choices: list[Choice]) -> dict[str, Any]:
    return {"show": True, "back": back, "choices": choices}
