"""macOS: the dialogs of After Effects, read and answered by System Events; not yet proven there.

It needs the right of accessibility, which a person gives once (Privacy & Security); without it
nothing is found and nothing is pressed. What a dialog says is data of the script, never its text.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from node_agent.core.dialogs import CLOSE
from node_agent.core.dialogs import answer as answer_to

WAIT_S = 4.0
MAX_WINDOWS = 20
_FIELD, _ITEM = "\t", "\x1f"
LIST: Final = """
on run argv
  set told to ""
  set unit to ASCII character 31
  tell application "System Events"
    repeat with given in argv
      try
        set one to first process whose unix id is (given as integer)
        repeat with number from 1 to count of windows of one
          set pane to window number of one
          if subrole of pane is in {"AXDialog", "AXSystemDialog"} then
            set AppleScript's text item delimiters to unit
            set words_ to (value of static texts of pane) as text
            set buttons_ to (name of buttons of pane) as text
            set told to told & given & tab & number & tab & (name of pane) & tab & words_ & tab ¬
              & buttons_ & linefeed
          end if
        end repeat
      end try
    end repeat
  end tell
  return told
end run
"""
PRESS: Final = """
on run {given, number, wanted}
  tell application "System Events"
    set one to first process whose unix id is (given as integer)
    click button wanted of window (number as integer) of one
  end tell
end run
"""
Run = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Window:
    """Be one dialog of a process; `number` counts its windows from 1."""

    pid: int
    number: int
    title: str
    texts: tuple[str, ...]
    buttons: tuple[str, ...]


def answer(pids: Collection[int], run: Run | None = None) -> list[str]:
    """Press the button that the table names on each known dialog; give the titles of those."""
    ask = run or osascript
    answered = []
    for window in windows(ask(LIST, [str(pid) for pid in sorted(pids)])):
        wanted = answer_to(window.title, window.texts, window.buttons)
        # Closing by a key would go to whatever window is in front.
        if wanted is None or wanted == CLOSE:
            continue
        ask(PRESS, [str(window.pid), str(window.number), wanted])
        answered.append(window.title or "(untitled)")
    return answered


def windows(told: str) -> list[Window]:
    """Read what the first script told; lines that are none are left out."""
    found = []
    for line in told.splitlines()[:MAX_WINDOWS]:
        fields = line.split(_FIELD)
        if len(fields) == 5 and fields[0].isdecimal() and fields[1].isdecimal():
            title = "" if fields[2] == "missing value" else fields[2]
            texts, buttons = (tuple(filter(None, one.split(_ITEM))) for one in fields[3:])
            found.append(Window(int(fields[0]), int(fields[1]), title, texts, buttons))
    return found


def osascript(script: str, words: Sequence[str]) -> str:
    """Run a script with arguments; empty when it fails, or lasts longer than WAIT_S."""
    try:
        done = subprocess.run(
            ["/usr/bin/osascript", "-", *words],
            input=script.encode(),
            capture_output=True,
            timeout=WAIT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
