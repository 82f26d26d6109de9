"""A day is read in the calendar that its year belongs to."""

from datetime import date, timedelta

import pytest

from orchestrator.core.calendars import read_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        (" 2026/1/2 ", date(2026, 1, 2)),
        ("1405/9/2", date(2026, 11, 23)),
        ("۱۴۰۵/۰۹/۰۲", date(2026, 11, 23)),
        ("1403-12-30", date(2025, 3, 20)),  # 1403 is a leap year
        ("1404-1-1", date(2025, 3, 21)),
        ("1399.12.30", date(2021, 3, 20)),
        ("1357/11/22", date(1979, 2, 11)),
        ("1378-10-11", date(2000, 1, 1)),
    ],
)
def test_a_day_of_either_calendar_is_read(text: str, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text",
    ["", "today", "2026-02-29", "1404-12-30", "1405-7-31", "1405-13-1", "1405-0-1", "1100-1-1",
     "2026-11", "2026-11-23-1", "²⁰²⁶-1-1", "9" * 50],
)  # fmt: skip
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


def test_every_day_of_a_century_follows_the_one_before() -> None:
    before = read_day("1350-01-01")
    for year in range(1350, 1450):
        for month in range(1, 13):
            for day in range(1, 32):
                found = read_day(f"{year}-{month}-{day}")
                if found is None or found == before:
                    continue
                assert before is not None
                assert found - before == timedelta(days=1)
                before = found
    assert before is not None
    assert read_day("1450-01-01") == before + timedelta(days=1)
