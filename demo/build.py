"""Makes demo/template.zip and demo/picture.png: `python -m demo.build`."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import py_aep
from py_aep.binary.utils import recursive_find
from py_aep.models.text import ranges

from demo import media, scenes

HERE = Path(__file__).parent
FONTS = HERE.parent / "node_agent" / "preview" / "fonts"
# 2026-01-01, so that building twice gives the same file.
STAMP = (2026, 1, 1, 0, 0, 0)
STAMP_S = 1_767_225_600
# Where the footage says it lies; readers find it beside the project.
HOME = "/FlatRender/demo"


def build_project(folder: Path) -> Any:
    """Make the project over footage files in a folder; give the library's project."""
    project = py_aep.new(platform="macos").project
    footage = folder / "(Footage)"
    placeholder = _import(project, footage / "placeholder.png")
    music = _import(project, footage / "music.wav")
    root = project.root_folder
    scenes.add_shared(root)
    opening = scenes.add_opening(root)
    picture = scenes.add_picture(root, placeholder)
    closing = scenes.add_closing(root)
    scenes.add_final(root, opening, picture, closing, music)
    return project


def build_files() -> dict[str, bytes]:
    """Make every file of the bundle, by its path in the zip."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "(Footage)").mkdir()
        files = {
            "(Footage)/placeholder.png": media.placeholder(),
            "(Footage)/music.wav": media.music(),
        }
        for name, data in files.items():
            (folder / name).write_bytes(data)
            os.utime(folder / name, (STAMP_S, STAMP_S))
        # The library draws random identifiers; counted ones make the file reproducible.
        numbers = count(1)
        with (
            patch.object(uuid, "uuid4", lambda: uuid.UUID(int=next(numbers))),
            # It stamps the version of a font that this machine happens to have.
            patch.object(ranges, "font_version_string", lambda _name: None),
        ):
            build_project(folder).save(folder / "template.aep")
        project = {"template.aep": (folder / "template.aep").read_bytes()}
    fonts = {f"fonts/{path.name}": path.read_bytes() for path in _fonts()}
    return {**project, **files, **fonts}


def build_zip() -> bytes:
    """Make the bundle; the same inputs give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bundle:
        for name, data in build_files().items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, data)
    return buffer.getvalue()


def main() -> int:
    """Write the files beside this script."""
    (HERE / "template.zip").write_bytes(build_zip())
    (HERE / "picture.png").write_bytes(media.landscape())
    return 0


def _fonts() -> Iterator[Path]:
    yield from sorted(FONTS.glob("Vazirmatn-*.ttf"))
    yield FONTS / "OFL.txt"


def _import(project: Any, path: Path) -> Any:
    """Import footage and write the fixed place where it says it lies."""
    item = project.import_file(py_aep.ImportOptions(path))
    records: list[Any] = recursive_find(item._pin_chunks, chunk_type="alas")  # noqa: SLF001
    for record in records:
        fields = json.loads(record.value)
        fields["fullpath"] = f"{HOME}/{path.parent.name}/{path.name}"
        # One folder up from the project's folder, then down to the file.
        fields["ascendcount_base"], fields["ascendcount_target"] = 1, 2
        record.value = json.dumps(fields, separators=(",", ":"))
    return item


if __name__ == "__main__":
    sys.exit(main())
