"""Footage that nodes could not find is reported, only where it shows in the picture."""

from __future__ import annotations

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

WINDOWS, MAC, SERVER = (
    "C:\\Work\\Footage\\A.PNG",
    "/Users/x/cafe\u0301.png",
    "\\\\srv\\share\\a.png",
)


def found(path: str, files: list[str]) -> list[tuple[str, str]]:
    comp = CompSpec("main", (LayerSpec("a", source_id=9),))
    extra = (rifx.footage(9, path), rifx.footage(10, "/not/shown.png"))
    project = aep.read(rifx.comps(comp, extra=extra))
    return [(p.code, p.level) for p in scan_project(project, files=files).problems]


@pytest.mark.parametrize(
    ("path", "files"),
    [
        (WINDOWS, ["p.aep", "(Footage)/a.png"]),
        (MAC, ["story/caf\u00e9.png"]),
        ("/x/y/z.jpg", ["deep/er/Z.JPG"]),
    ],
)
def test_footage_is_found_wherever_it_lies_in_the_bundle(path: str, files: list[str]) -> None:
    assert found(path, files) == []


def test_footage_that_is_not_there_is_a_warning() -> None:
    assert found(WINDOWS, ["b.png", "a.png.txt"]) == [("footage_missing", "warning")]


@pytest.mark.parametrize(
    "path", [SERVER, "//srv/share/a.png", "smb://srv/a.png", "\\\\?\\UNC\\s\\a"]
)
def test_footage_on_a_file_server_is_an_error(path: str) -> None:
    assert found(path, ["a.png"]) == [("footage_network", "error")]


def test_without_the_bundles_files_nothing_is_said() -> None:
    comp = CompSpec("main", (LayerSpec("a", source_id=9),))
    project = aep.read(rifx.comps(comp, extra=(rifx.footage(9, WINDOWS),)))
    assert scan_project(project).problems == ()


def test_an_item_that_nothing_shows_calls_its_file_server_too() -> None:
    comp = CompSpec("main", (LayerSpec("a"),))
    project = aep.read(rifx.comps(comp, extra=(rifx.footage(9, SERVER),)))

    assert [(p.code, p.level) for p in scan_project(project).problems] == [
        ("footage_network", "error")
    ]
