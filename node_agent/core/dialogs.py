"""The dialogs that After Effects may show after a forced end, and how each is answered.

Sources: the pop-ups that render managers close, and reports from the field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CLOSE: Final = "(close)"
"""The answer to a window whose buttons none of the table's words name."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """Describe one known dialog: its title, a word of its text, the buttons in order of liking."""

    title: re.Pattern[str]
    text: re.Pattern[str]
    buttons: tuple[str, ...]


def _dialog(title: str, text: str, *buttons: str) -> Dialog:
    return Dialog(re.compile(title, re.IGNORECASE), re.compile(text, re.IGNORECASE), buttons)


DIALOGS: Final = (
    # Safe mode would switch scripts off.
    _dialog(r"crash repair|^$|after effects", r"safe mode|crash(ed)?|repair", "continue"),
    _dialog(r"", r"one chance to save|save changes", "don't save", "don’t save", "no", "ok"),
    _dialog(r"after effects debug event", r"", "continue"),
    _dialog(r"application error|microsoft visual|afterfx\.exe", r"", "ok", "close"),
    _dialog(r"^$|after effects", r"", "ok", "yes", "continue", CLOSE),
)


def answer(title: str, texts: Sequence[str], buttons: Sequence[str]) -> str | None:
    """Give the button to press, CLOSE to close the window, None for one that nobody knows."""
    told = " ".join(texts)
    named = {_plain(button): button for button in buttons}
    for known in DIALOGS:
        if known.title.search(title.strip()) and known.text.search(told):
            for wanted in known.buttons:
                if wanted == CLOSE or wanted in named:
                    return named.get(wanted, CLOSE)
    return None


def _plain(button: str) -> str:
    # Windows marks the letter of a shortcut.
    return button.replace("&", "").strip().lower()
