"""Reads the names in font files, in a process with limits.

Started as `python -I fonts_child.py FILE...`, or `... --zip BUNDLE PATH...` for files in a bundle
that the guard has passed; prints one JSON object: a list of faces per file, or why there is none.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

MAX_FACES = 64
MAX_NAME = 200
MAX_FONT_BYTES = 64 * 1024 * 1024
KINDS = {
    b"\x00\x01\x00\x00": "ttf",
    b"true": "ttf",
    b"OTTO": "otf",
    b"ttcf": "ttc",
    b"wOFF": "woff",
    b"wOF2": "woff2",
}


def main(arguments: list[str]) -> int:
    """Read each file; what is wrong with one is told, not raised."""
    if arguments[0] == "--zip":
        with zipfile.ZipFile(arguments[1]) as bundle:
            found = [_names_only(_told(_entry(bundle, path))) for path in arguments[2:]]
    else:
        found = [_told(_file(Path(path))) for path in arguments]
    sys.stdout.write(json.dumps({"files": found}))
    return 0


def _names_only(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out families, of which nobody asks in bundles: the answer stays short."""
    faces = [{"name": face["name"], "family": "", "style": ""} for face in told.get("faces", ())]
    return {**told, "faces": faces} if faces else told


def _file(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_FONT_BYTES + 1)


def _entry(bundle: zipfile.ZipFile, path: str) -> bytes:
    with bundle.open(path) as stream:
        return stream.read(MAX_FONT_BYTES + 1)


def _told(content: bytes) -> dict[str, Any]:
    kind = KINDS.get(content[:4])
    if kind is None:
        return {"refused": "no_font"}
    if kind.startswith("woff"):
        return {"refused": "web_font"}
    if len(content) > MAX_FONT_BYTES:
        return {"refused": "too_large"}
    try:
        faces = _faces(content, kind)
    except Exception as error:  # noqa: BLE001
        # The reader raises anything over hostile bytes; all of it means the same to the sender.
        return {"refused": "damaged", "reason": type(error).__name__}
    return {"format": kind, "faces": faces} if faces else {"refused": "no_name"}


def _faces(content: bytes, kind: str) -> list[dict[str, str]]:
    from fontTools.ttLib import TTFont

    found = []
    count = min(MAX_FACES, int.from_bytes(content[8:12], "big")) if kind == "ttc" else 1
    for number in range(count):
        place = number if kind == "ttc" else -1
        with TTFont(io.BytesIO(content), fontNumber=place, lazy=True) as font:
            if not {"name", "cmap", "head"} <= set(font.keys()):
                continue
            names = font["name"]
            name = names.getDebugName(6) or ""
            if not name.isascii() or not name.isprintable() or not 0 < len(name) <= 63:
                continue
            family = names.getDebugName(16) or names.getDebugName(1) or name
            style = names.getDebugName(17) or names.getDebugName(2) or "Regular"
            font.getBestCmap()
            found.append({"name": name, "family": _clean(family), "style": _clean(style)})
    return found


def _clean(text: str) -> str:
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return kept.strip()[:MAX_NAME] or "Regular"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
