"""The picture of a screen that is sent with a hang: small, and taken only of what waits."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image

from node_agent.core.verdict import IDLE_S, Ending, is_idle
from node_agent.host import screen


def test_a_large_screen_becomes_a_small_jpeg(tmp_path: Path) -> None:
    target = tmp_path / "screenshot.jpg"
    assert screen.keep(Image.new("RGBA", (5120, 1440), "navy"), target)
    with Image.open(target) as kept:
        assert (kept.format, kept.size) == ("JPEG", (1600, 450))


def test_a_picture_that_stays_too_large_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "MAX_BYTES", 2000)
    noise = Image.frombytes("RGB", (200, 200), random.Random(1).randbytes(120_000))
    assert not screen.keep(noise, tmp_path / "screenshot.jpg")
    assert list(tmp_path.iterdir()) == []


def test_only_an_engine_that_neither_worked_nor_spoke_counts_as_waiting() -> None:
    assert is_idle(Ending(None, "watchdog", "launch", None, IDLE_S))
    assert not is_idle(Ending(None, "watchdog", "launch", None, IDLE_S - 1))
    assert not is_idle(Ending(None, "watchdog", "memory", None, IDLE_S))
    assert not is_idle(Ending(1))
