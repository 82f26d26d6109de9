"""How people read and write the numbers of settings."""

from __future__ import annotations

import pytest

from orchestrator.in_force import CHANGEABLE, default_of
from orchestrator.web.views.settings.units import UNITS, exact, read, write


def test_every_setting_that_can_be_changed_has_a_unit() -> None:
    assert set(UNITS) == set(CHANGEABLE)


@pytest.mark.parametrize("locale", ["en", "fa"])
@pytest.mark.parametrize("name", CHANGEABLE)
def test_what_is_written_reads_the_same_again(name: str, locale: str) -> None:
    value = default_of(name)
    assert read(name, write(locale, name, value)) == value  # type: ignore[arg-type]
    for odd in (value + 1, value * 7 + 1025):
        assert read(name, exact(name, odd)) == odd


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("upload_ttl_s", "1.5", 5400),
        ("upload_ttl_s", "۱٫۵", 5400),
        ("upload_ttl_s", " ٣٦ ", 129_600),
        ("max_file_bytes", "0.5", 2**19),
        ("max_file_bytes", "1,024", 2**30),
        ("max_file_bytes", "۱٬۰۲۴", 2**30),
        ("max_frames", "100000", 100_000),
        ("max_frames", "2.5", 2.5),
        ("rate_key_per_s", "0", 0),
        ("cost_preview", "0.1", 0.1),
        ("heartbeat_s", "0,5", None),
        ("heartbeat_s", "10,00", None),
        ("heartbeat_s", "-1", None),
        ("heartbeat_s", "1e3", None),
        ("heartbeat_s", "nan", None),
        ("heartbeat_s", "", None),
        ("heartbeat_s", "9" * 30, None),
        ("heartbeat_s", "ten", None),
    ],
)
def test_what_is_typed_is_read_in_the_settings_unit_and_any_digits(
    name: str, text: str, value: float | None
) -> None:
    assert read(name, text) == value


def test_numbers_stand_in_inputs_in_the_languages_digits_and_without_needless_decimals() -> None:
    assert write("fa", "upload_ttl_s", 5400) == "۱٫۵"
    assert write("en", "lease_ttl_s", 30.0) == "30"
    assert write("en", "max_bundle_bytes", 4 * 2**30) == "4096"
    assert write("en", "max_body_bytes", 1025) == "0.000978"
