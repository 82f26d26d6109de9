"""Sound files of templates are strangers' files: what they may reach and how much they may take."""

from __future__ import annotations

import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from node_agent.preview.aerender.plan import RenderProblem
from node_agent.preview.draw.counts import Counts
from node_agent.preview.draw.footage.files import FootageFinder
from node_agent.preview.draw.values import Values
from node_agent.preview.sound import render
from node_agent.preview.sound.files import RATE, read


def tone(path: Path, count: int) -> None:
    """Write `count` samples that differ from each other."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.arange(2 * count) % 20_000).astype("<i2").tobytes())


def item(seconds: float, *layers: Any) -> Any:
    """Make an item of one comp with a frame a second."""
    comp = SimpleNamespace(name="main", frame_rate=1.0, layers=list(layers))
    return SimpleNamespace(comp=comp, first=0, last=int(seconds) - 1)


def test_a_playlist_named_as_a_sound_reads_no_other_file(tmp_path: Path) -> None:
    tone(tmp_path / "secret.wav", 4800)
    playlist = tmp_path / "music.wav"
    playlist.write_text("ffconcat version 1.0\nfile secret.wav\n")

    assert read(playlist) is None
    assert read(tmp_path / "secret.wav") is not None


def test_a_comp_longer_than_an_hour_is_refused_before_its_memory_is_taken(tmp_path: Path) -> None:
    sound = render.Sound(Values(Counts()), FootageFinder(tmp_path, tmp_path))

    with pytest.raises(RenderProblem, match="lasts 100000 s"):
        sound._span(item(100_000))


def test_a_sound_mixed_in_windows_is_the_sound_mixed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone(tmp_path / "long.wav", 2 * RATE)
    layer = SimpleNamespace(
        name="music", solo=False, audio_enabled=True, stretch=100.0, time_remap_enabled=False,
        in_point=0.25, out_point=1.75, start_time=0.125, properties=[],
        source=SimpleNamespace(has_audio=True, main_source=SimpleNamespace(file="long.wav")),
    )  # fmt: skip
    sound = render.Sound(Values(Counts()), FootageFinder(tmp_path, tmp_path))

    whole = sound._span(item(2, layer))
    monkeypatch.setattr(render, "_WINDOW", 7 * 1024)

    assert np.any(whole)
    assert np.array_equal(sound._span(item(2, layer)), whole)
