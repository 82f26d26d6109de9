"""Give the pages' texts in a person's language, and write numbers in its digits."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal

from markupsafe import Markup, escape

Locale = Literal["en", "fa"]
LOCALES: Final[tuple[Locale, ...]] = ("en", "fa")
RTL: Final = frozenset({"fa"})
_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@cache
def texts(locale: Locale) -> MappingProxyType[str, str]:
    """Read one catalogue: dotted keys to sentences with {names}.

    The pages' own texts and what the server and its agents say (`said`) are files of their own.
    """
    folder = files("orchestrator.web").joinpath("texts")
    found: dict[str, str] = {}
    for name in (f"{locale}.json", f"said.{locale}.json"):
        found |= json.loads(folder.joinpath(name).read_text(encoding="utf-8"))
    return MappingProxyType(found)


def choose(wanted: str | None) -> Locale:
    """Give the locale of a name or of an Accept-Language header; English where neither fits."""
    for part in (wanted or "").split(",")[:8]:
        name = part.strip().partition(";")[0].partition("-")[0].lower()
        if name in LOCALES:
            return name
    return "en"


def say(locale: Locale, key: str, /, **values: object) -> Markup:
    """Give a text with its values, escaped; a key that no catalogue has stands for itself.

    A `count` of one takes the text `key.one` where the language has one.
    """
    pattern = texts(locale).get(key)
    if values.get("count") == 1:
        pattern = texts(locale).get(f"{key}.one", pattern)
    if pattern is None:
        return escape(key)
    filled = {name: escape(_shown(locale, value)) for name, value in values.items()}
    return Markup(pattern).format_map(filled) if filled else Markup(pattern)  # noqa: S704 - ours


def number(locale: Locale, value: float | None, digits: int = 0, *, grouped: bool = True) -> str:
    """Write a number with grouped thousands in the locale's digits; a dash for None."""
    if value is None:
        return "–"
    rounded = round(value, digits) + 0.0
    text = f"{rounded:,.{digits}f}" if grouped else f"{rounded:.{digits}f}"
    return digits_of(locale, text.replace(",", "٬").replace(".", "٫")) if locale == "fa" else text


def digits_of(locale: Locale, text: str) -> str:
    """Write a text's digits as the language has them: `0-24` as `۰-۲۴`."""
    return text.translate(_DIGITS) if locale == "fa" else text


def seconds(locale: Locale, value: float | None) -> str:
    """Write a length of time in its two largest units: 3 h 12 min."""
    if value is None:
        return "–"
    whole = max(0, round(value))
    parts = [("d", whole // 86_400), ("h", whole // 3600 % 24), ("min", whole // 60 % 60)]
    told = [(name, count) for name, count in [*parts, ("s", whole % 60)] if count][:2]
    if not told:
        told = [("s", whole)]
    return " ".join(
        f"{number(locale, count)} {say(locale, 'unit.' + name)}" for name, count in told
    )


def _shown(locale: Locale, value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return number(locale, value)
    if isinstance(value, float):
        return number(locale, value, 1)
    return value
