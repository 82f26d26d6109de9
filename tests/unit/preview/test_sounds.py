"""Sound files of templates are strangers' files: what they may reach and how much they may take."""

from __future__ import annotations

import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import py_aep
import pytest

from node_agent.preview.aerender.plan import RenderProblem
from node_agent.preview.draw.counts import Counts
from node_agent.preview.draw.footage.files import FootageFinder
from node_agent.preview.draw.values import Values
from node_agent.preview.sound import render
from node_agent.preview.sound.files import RATE, read
from tests.support.films import film, project_of


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


def heard(folder: Path, name: str, **changes: Any) -> tuple[Any, Any]:
    """Import a sound into a comp of two seconds; gives its layer and the comp's item."""
    comp = film(seconds=2.0, fps=25.0)
    layer = comp.add(project_of(comp).import_file(py_aep.ImportOptions(folder / name)))
    for key, value in changes.items():
        setattr(layer, key, value)
    return layer, SimpleNamespace(comp=comp, first=0, last=49)


def test_a_sound_mixed_in_windows_is_the_sound_mixed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone(tmp_path / "long.wav", 2 * RATE)
    _, whole_item = heard(tmp_path, "long.wav", start_time=0.125, in_point=0.25, out_point=1.75)
    sound = render.Sound(Values(Counts()), FootageFinder(tmp_path, tmp_path))

    whole = sound._span(whole_item)
    monkeypatch.setattr(render, "_WINDOW", 7 * 1024)

    assert np.any(whole)
    assert np.array_equal(sound._span(whole_item), whole)


def test_a_stretched_sound_plays_slower_and_lower(tmp_path: Path) -> None:
    tone(tmp_path / "long.wav", 2 * RATE)
    _, whole_item = heard(tmp_path, "long.wav", stretch=200.0)
    plain = read(tmp_path / "long.wav")
    mixed = render.Sound(Values(Counts()), FootageFinder(tmp_path, tmp_path))._span(whole_item)
    assert plain is not None
    assert np.abs(mixed[0 : 2 * RATE : 2] - plain[:RATE]).max() < 1e-4


def test_a_remapped_sound_plays_backwards_where_its_keys_do(tmp_path: Path) -> None:
    tone(tmp_path / "long.wav", 2 * RATE)
    layer, whole_item = heard(tmp_path, "long.wav", time_remap_enabled=True)
    remap = next(g for g in layer.properties if g.match_name == "ADBE Time Remapping")
    remap.set_values_at_times([0.0, 1.0, 2.0], [1.0, 0.0, 0.0])
    counts = Counts()
    mixed = render.Sound(Values(counts), FootageFinder(tmp_path, tmp_path))._span(whole_item)
    plain = read(tmp_path / "long.wav")
    assert plain is not None
    backwards = plain[RATE:0:-1]
    # The saw's own jumps fall between two samples.
    assert np.median(np.abs(mixed[:RATE] - backwards)) < 1e-3
    # Where the keys hold, the sound stands still and is silent.
    assert not mixed[RATE + 2048 :].any()
    assert counts.as_dict() == {}


def test_a_sound_that_plays_three_times_begins_anew_each_time(tmp_path: Path) -> None:
    tone(tmp_path / "short.wav", RATE // 2)
    layer, whole_item = heard(tmp_path, "short.wav")
    layer.source.main_source.loop = 3
    layer.out_point = 2.0
    mixed = render.Sound(Values(Counts()), FootageFinder(tmp_path, tmp_path))._span(whole_item)
    plain = read(tmp_path / "short.wav")
    assert plain is not None
    for begin in range(3):
        half = mixed[begin * RATE // 2 : (begin + 1) * RATE // 2]
        assert np.array_equal(half, plain), begin
    assert not mixed[3 * RATE // 2 :].any()
