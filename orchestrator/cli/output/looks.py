"""Reads --look: how a text is set and how a picture fits, beside the value that --set gives."""

from __future__ import annotations

from orchestrator.cli.problems import WRONG_USE, CliError

FORM = "scene.key=font:NAME,size:40,justify:center,direction:rtl or scene.key=fit:cover"
Look = dict[str, str | float]
_NAMES = ("font", "size", "justify", "direction", "fit")


def look_of(text: str) -> tuple[str, Look]:
    """Split `key=name:value,...` into the key and the looks; CliError for what is none.

    Which values a look takes, and which kind of field has it, the order itself says.
    """
    key, equals, rest = text.partition("=")
    if not equals or not key.strip():
        raise CliError(f"--look {text!r} is not understood; write {FORM}.", WRONG_USE)
    found: Look = {}
    for part in rest.split(","):
        name, colon, value = (word.strip() for word in part.partition(":"))
        if not colon or name not in _NAMES or not value:
            known = ", ".join(_NAMES)
            raise CliError(
                f"--look {part!r} is no look; there are {known}, as in {FORM}.", WRONG_USE
            )
        found[name] = _size(value) if name == "size" else value
    return key.strip(), found


def _size(value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise CliError(f"{value!r} is no size; write a number of pixels.", WRONG_USE) from error
