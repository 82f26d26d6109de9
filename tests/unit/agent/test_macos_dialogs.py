"""What System Events tells of macOS dialogs is data, and only known dialogs are answered."""

from __future__ import annotations

from collections.abc import Sequence

from node_agent.host.macos_dialogs import LIST, PRESS, Window, answer, windows

SAVE = "77\t1\tmissing value\tYou have one chance to save\x1fyour work\tCancel\x1fDon’t Save\n"
ODD = "77\t2\tColour\tPick one\tApply\n"


def test_lines_are_read_into_windows_and_others_are_left_out() -> None:
    assert windows(SAVE + "noise\n\tx\ty\n") == [
        Window(77, 1, "", ("You have one chance to save", "your work"), ("Cancel", "Don’t Save"))
    ]
    assert windows("") == []
    assert len(windows(ODD * 500)) <= 20


def test_a_known_dialog_gets_its_button_and_an_unknown_one_none() -> None:
    asked: list[tuple[str, Sequence[str]]] = []

    def run(script: str, words: Sequence[str]) -> str:
        asked.append((script, list(words)))
        return SAVE + ODD if script == LIST else ""

    assert answer({88, 77}, run) == ["(untitled)"]
    assert asked == [(LIST, ["77", "88"]), (PRESS, ["77", "1", "Don’t Save"])]
