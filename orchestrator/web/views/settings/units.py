"""How people read and write the settings' numbers: in which unit, in which digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from orchestrator.in_force import Value
from orchestrator.settings import Settings
from orchestrator.web.catalogues import Locale

UnitName = Literal[
    "s", "min", "h", "days", "mib", "frames", "attempts", "renders", "per_s", "per_node_s"
]


class Unit(NamedTuple):
    """Be a unit, and how many of the setting's own units it is."""

    name: UnitName
    scale: int = 1


_SECONDS: Final = Unit("s")
_DAYS: Final = Unit("days")
_MIB: Final = Unit("mib", 2**20)
UNITS: Final[Mapping[str, Unit]] = MappingProxyType(
    {
        "retention_tasks_days": _DAYS,
        "retention_logs_days": _DAYS,
        "retention_events_days": _DAYS,
        "retention_audit_days": _DAYS,
        "upload_ttl_s": Unit("h", 3600),
        "url_ttl_s": Unit("min", 60),
        "lease_ttl_s": _SECONDS,
        "heartbeat_s": _SECONDS,
        "reaper_every_s": _SECONDS,
        "claim_wait_s": _SECONDS,
        "poll_every_s": _SECONDS,
        "session_idle_s": Unit("h", 3600),
        "session_max_s": Unit("days", 86_400),
        "max_bundle_bytes": _MIB,
        "max_file_bytes": _MIB,
        "max_body_bytes": _MIB,
        "max_frames": Unit("frames"),
        "max_attempts": Unit("attempts"),
        "quota_active_jobs": Unit("renders"),
        "rate_key_per_s": Unit("per_s"),
        "rate_address_per_s": Unit("per_s"),
        "cost_aftereffects": Unit("per_node_s"),
        "cost_preview": Unit("per_node_s"),
    }
)
PLACES: Final = 6
_DIGITS: Final = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")
_READ: Final = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫", "01234567890123456789.", "٬ \u00a0\u202f")
_GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,30})?")
_NUMBER: Final = re.compile(r"\d{1,18}(\.\d{1,30})?")


def write(locale: Locale, name: str, value: Value) -> str:
    """Write a setting's value in its unit and the language's digits, as it stands in an input."""
    text = _plain(round(_in_unit(name, value), PLACES))
    return text.translate(_DIGITS) if locale == "fa" else text


def exact(name: str, value: Value) -> str:
    """Write a value in its unit with every digit, for a form that nobody looks at."""
    return _plain(_in_unit(name, value))


def _in_unit(name: str, value: Value) -> Decimal:
    return Decimal(str(value)) / UNITS[name].scale


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(name: str, text: str) -> Value | None:
    """Read what was typed, in any script's digits; None for what is no number.

    A comma groups thousands: one that does not is refused, since half the world writes 0,5 so.
    """
    plain = text.strip().translate(_READ)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if _NUMBER.fullmatch(plain) is None:
        return None
    unit, number = UNITS[name], Decimal(plain) * UNITS[name].scale
    if Settings.model_fields[name].annotation is int and (unit.scale > 1 or number % 1 == 0):
        return round(number)
    return float(number)
