"""Fonts that tasks bring: installed once, known as ours, removed when long unused."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from node_agent.errors import TaskBroken
from node_agent.fonts.installed import KEEP_S, InstalledFonts
from node_agent.host.fonts import FontRefused, PlainPlace
from node_agent.runner.fonts import install_fonts
from orchestrator.wire.base import Empty
from orchestrator.wire.failures import FailureClass

NOW = 1_800_000_000.0


class Place(PlainPlace):
    """Be a folder of fonts that notes what it is told."""

    def __init__(self, folder: Path, fault: OSError | None = None) -> None:
        super().__init__(folder)
        self.told: list[str] = []
        self.fault = fault

    def announce(self, path: Path) -> None:
        if self.fault is not None:
            raise self.fault
        self.told.append(f"+{path.name}")

    def withdraw(self, path: Path) -> None:
        self.told.append(f"-{path.name}")


def font(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def ours(place: Place) -> list[str]:
    return sorted(path.name for path in place.folder.glob("flatrender-*"))


def test_the_same_font_is_installed_once_and_a_persons_stays(tmp_path: Path) -> None:
    place = Place(tmp_path / "Fonts")
    place.folder.mkdir()
    person = font(place.folder, "mine.ttf", b"person")
    fonts = InstalledFonts(place, tmp_path / "fonts.json")
    first, other = font(tmp_path, "a.ttf", b"one"), font(tmp_path, "b.TTF", b"one")
    tried = fonts.install([first, other], NOW)
    assert [one.problem for one in tried] == [None, None]
    assert tried[0].sha256 == tried[1].sha256
    (name,) = ours(place)
    assert (place.folder / name).read_bytes() == b"one"
    assert place.told == [f"+{name}"]
    assert person.read_bytes() == b"person"


def test_a_font_that_was_changed_or_removed_is_installed_again(tmp_path: Path) -> None:
    place = Place(tmp_path / "Fonts")
    fonts = InstalledFonts(place, tmp_path / "fonts.json")
    source = font(tmp_path, "a.otf", b"one")
    fonts.install([source], NOW)
    (name,) = ours(place)
    (place.folder / name).write_bytes(b"rotten")
    fonts.install([source], NOW)
    assert (place.folder / name).read_bytes() == b"one"
    (place.folder / name).unlink()
    fonts.install([source], NOW)
    assert ours(place) == [name]


def test_only_fonts_long_unused_are_removed(tmp_path: Path) -> None:
    place = Place(tmp_path / "Fonts")
    fonts = InstalledFonts(place, tmp_path / "fonts.json")
    old, used = font(tmp_path, "a.ttf", b"old"), font(tmp_path, "b.ttf", b"used")
    fonts.install([old, used], NOW)
    later = NOW + KEEP_S + 1
    fonts.install([used], later - 10)
    assert InstalledFonts(place, tmp_path / "fonts.json").prune(later) == 1
    (name,) = ours(place)
    assert (place.folder / name).read_bytes() == b"used"
    assert len([word for word in place.told if word.startswith("-")]) == 1


def test_a_ledger_cut_short_still_knows_our_files(tmp_path: Path) -> None:
    place = Place(tmp_path / "Fonts")
    ledger = tmp_path / "fonts.json"
    InstalledFonts(place, ledger).install([font(tmp_path, "a.ttf", b"old")], NOW)
    ledger.write_text('{"flatrender-')
    stamp = (place.folder / ours(place)[0]).stat().st_mtime
    assert InstalledFonts(place, ledger).prune(stamp + KEEP_S + 1) == 1
    assert ours(place) == []


def test_a_font_that_the_system_refuses_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    place = Place(tmp_path / "Fonts", OSError(28, "No space left on device"))
    fonts = InstalledFonts(place, tmp_path / "fonts.json")
    first = fonts.install([font(tmp_path, "a.ttf", b"one")], NOW)
    assert [one.problem for one in first] == ["No space left on device"]
    place.fault = None
    assert [one.problem for one in fonts.install([tmp_path / "a.ttf"], NOW)] == [None]


def test_a_file_that_is_no_font_to_the_system_is_told_apart_and_never_taken_for_installed(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path / "Fonts", FontRefused("Windows does not load it"))
    fonts = InstalledFonts(place, tmp_path / "fonts.json")
    source = font(tmp_path, "a.ttf", b"x")
    for _ in range(2):
        (tried,) = fonts.install([source], NOW)
        assert (tried.problem, tried.refused) == ("Windows does not load it", True)
        assert ours(place) == []
    place.fault = OSError(13, "Permission denied")
    (tried,) = fonts.install([source], NOW)
    assert (tried.problem, tried.refused) == ("Permission denied", False)


@pytest.mark.parametrize("brings", ["tenant", "bundle"])
async def test_a_tenants_broken_font_is_never_the_nodes_fault(tmp_path: Path, brings: str) -> None:
    place = Place(tmp_path / "Fonts", FontRefused("Windows does not load it"))
    folder = SimpleNamespace(fonts=tmp_path / "tenant", bundle=tmp_path / "bundle")
    (tmp_path / brings).mkdir()
    font(tmp_path / brings, "a.ttf", b"x")
    told: list[str] = []

    async def call(*_: object, **__: object) -> Empty:
        return Empty()

    attempt: Any = SimpleNamespace(
        folder=folder,
        tools=SimpleNamespace(
            fonts=InstalledFonts(place, tmp_path / "fonts.json"), client=SimpleNamespace(call=call)
        ),
        grant=SimpleNamespace(engine="aftereffects"),
        reporter=SimpleNamespace(log=told.extend),
        timed=lambda _: nullcontext(),
    )
    if brings == "bundle":
        await install_fonts(attempt)
        assert told == ["The bundle's font a.ttf is left out (Windows does not load it)."]
        return
    with pytest.raises(TaskBroken) as broken:
        await install_fonts(attempt)
    assert (broken.value.failure.failure_class, broken.value.failure.code) == (
        FailureClass.ASSET,
        "font_refused",
    )
