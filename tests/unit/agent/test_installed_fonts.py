"""Fonts that tasks bring: installed once, known as ours, removed when long unused."""

from __future__ import annotations

from pathlib import Path

from node_agent.fonts.installed import KEEP_S, InstalledFonts
from node_agent.host.fonts import PlainPlace

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
