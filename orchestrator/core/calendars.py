"""Read a day that a person wrote, in either of the pages' calendars."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_BEGIN: Final = (1403, date(2024, 3, 20).toordinal())
"""A year of the Solar Hijri calendar, and the day on which it began."""
_GREGORIAN_FROM: Final = 1700
_LONG_MONTHS: Final = 6


def read_day(text: str) -> date | None:
    """Give the day of 2026-11-23 or of 1405/9/2, in any script's digits; None for no day."""
    plain = "".join(str(int(one)) if one.isdecimal() else one for one in text.strip()[:40])
    found = _DAY.fullmatch(plain)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        if year >= _GREGORIAN_FROM:
            return date(year, month, day)
        return _solar(year, month, day)
    except ValueError:
        return None


def _solar(year: int, month: int, day: int) -> date:
    """Give the day of a Solar Hijri date, leap years by the 33-year cycle (right 1244 to 1472).

    Raises ValueError for a day that the year does not have.
    """
    longest = 31 if month <= _LONG_MONTHS else 30 if month < 12 or _is_leap(year) else 29
    if not (1244 <= year <= 1472 and 1 <= month <= 12 and 1 <= day <= longest):
        raise ValueError("no such day")
    began, ordinal = _BEGIN
    years = 365 * (year - began) + _leaps_before(year) - _leaps_before(began)
    months = 31 * (month - 1) - max(0, month - 1 - _LONG_MONTHS)
    return date.fromordinal(ordinal + years + months + day - 1)


def _is_leap(year: int) -> bool:
    return _leaps_before(year + 1) > _leaps_before(year)


def _leaps_before(year: int) -> int:
    return (8 * year + 21) // 33
