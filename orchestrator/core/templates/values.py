"""Says what the text of a shared value is: a colour, a control, or plain text."""

from __future__ import annotations

import re

_HEX = re.compile(r"#?([0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?")
_NUMBER = re.compile(r"\d{1,3}(\.\d{1,10})?")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")


def color_of(text: str, *, slot: bool = False) -> str | None:
    """Read a colour as #RRGGBB: `r,g,b,a` of 0-255, `#rrggbb`; None when it is something else.

    Numbers written as fractions up to 1 count as such. A layer that is a colour slot by its name
    may also hold `r,g,b`, or hex without its sign.
    """
    text = text.strip()
    match = _HEX.fullmatch(text)
    if match is not None and (slot or text.startswith("#")):
        return f"#{match[1].upper()}"
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in ((3, 4) if slot else (4,)) or not all(map(_NUMBER.fullmatch, parts)):
        return None
    numbers = [float(part) for part in parts]
    if any(number > 255 for number in numbers):
        return None
    if "." in text and all(number <= 1 for number in numbers):
        numbers = [number * 255 for number in numbers]
    return "#" + "".join(f"{round(number):02X}" for number in numbers[:3])


def control_of(text: str) -> int | None:
    """Read a shared control: one integer from 0 to 3."""
    text = text.strip()
    return int(text) if text in {"0", "1", "2", "3"} else None


def is_number(text: str) -> bool:
    """Tell whether a text is a number that a control could take."""
    return re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", text.strip(), re.ASCII) is not None


def has_arabic(text: str) -> bool:
    """Tell whether a text has letters of the Arabic script, which need the universal composer."""
    return not text.isascii() and _ARABIC.search(text) is not None


def hex_color(red: float, green: float, blue: float) -> str:
    """Write three channels of 0-255 as #RRGGBB."""
    return "#" + "".join(f"{min(255, max(0, round(part))):02X}" for part in (red, green, blue))
