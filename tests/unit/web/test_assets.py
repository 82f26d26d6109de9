"""The pages' files: what others released is unchanged, and everything names its content."""

import hashlib
import re

from orchestrator.web.assets import PREFIX, Assets
from orchestrator.web.catalogues import seconds
from orchestrator.web.drawing import Drawing, size
from tests.unit.web.test_catalogues import WEB, sources

VENDOR = WEB / "static" / "vendor"
_ROW = re.compile(r"^\| (\S+) \| .+ \| ([A-Z0-9.-]+) \| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_files_of_others_are_listed_and_unchanged() -> None:
    listed = {m[1]: m[3] for m in _ROW.finditer((VENDOR / "README.md").read_text("utf-8"))}
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in {"LICENSE", "README.md"}
    }
    assert listed == found
    assert all((VENDOR / name).parent.joinpath("LICENSE").is_file() for name in listed)


def test_every_file_that_a_page_names_is_there() -> None:
    assets = Assets()
    asked = {
        match[1] for _, text in sources() for match in re.finditer(r"asset\('([^']+)'\)", text)
    }
    assert len(asked) > 5
    for name in asked:
        assert assets.address(name).startswith(PREFIX)


def test_the_style_sheet_points_at_fonts_by_their_content() -> None:
    assets = Assets()
    font = assets.address("vendor/inter-5.3.0/inter-latin-wght-normal.woff2")
    css = assets.content(assets.address("app.css")).decode()
    assert font in css
    assert 'url("vendor/' not in css


def test_no_template_holds_a_script_a_style_or_an_address_elsewhere() -> None:
    bad = [
        f"{name}: {match[0]}"
        for name, text in sources()
        if name.endswith(".html")
        for match in re.finditer(
            r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=|https?://|\bsrc=\"//", text
        )
    ]
    assert bad == []


def test_every_template_can_be_read_in_both_languages() -> None:
    drawing = Drawing(Assets())
    assert len(drawing.names()) > 15
    for name in drawing.names():
        drawing.load(name)


def test_sizes_and_times_are_said_as_people_do() -> None:
    assert size("en", 1_450_000_000) == "1.4 GB"
    assert size("en", 999) == "999 B"
    assert size("fa", 2_000_000) == "۲٫۰ مگابایت"
    assert seconds("en", 11_521) == "3 h 12 min"
    assert seconds("en", 0.2) == "0 s"
