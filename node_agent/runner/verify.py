"""Verify frames as they appear: each decodes to its end, has the size and the channels."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from node_agent.core.png import check_whole, is_png
from node_agent.report.outputs import FrameFolder, Stamp

BATCH = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """Be one verified frame."""

    number: int
    path: Path
    size_bytes: int
    sha256: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Looks:
    """Say how a frame must look; `size` in pixels, None when only all frames must be alike."""

    size: tuple[int, int] | None
    modes: frozenset[str]


def check(path: Path, looks: Looks) -> tuple[str, tuple[int, int]]:
    """Decode one frame wholly; give the sha256 of the very bytes that decoded, and its size.

    Raises ValueError that says what is wrong.
    """
    raw = path.read_bytes()
    if not raw:
        raise ValueError("the file is empty")
    if is_png(raw):
        check_whole(raw)  # The export's decoder is stricter than this one.
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "TIFF")) as image:
            image.load()
            size, mode = image.size, image.mode
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"it does not decode ({error})") from error
    if looks.size is not None and size != looks.size:
        raise ValueError(f"it has {size[0]}x{size[1]} pixels, not {looks.size[0]}x{looks.size[1]}")
    if mode not in looks.modes:
        raise ValueError(f"it has the channels {mode}, not {' or '.join(sorted(looks.modes))}")
    return hashlib.sha256(raw).hexdigest(), size


class FrameCheck:
    """Verify the wanted frames of one folder as they appear.

    A frame that does not decode yet may still be on its way; only what is wrong after the engine
    has ended counts as bad.
    """

    def __init__(
        self,
        folder: Path,
        wanted: Collection[int],
        looks: Looks,
        on_frame: Callable[[Frame], None],
    ) -> None:
        self.wanted = frozenset(wanted)
        self.good: dict[int, Frame] = {}
        self.bad: dict[int, str] = {}
        self._folder = FrameFolder(folder, wanted)
        self._looks = looks
        self._on_frame = on_frame

    @property
    def count(self) -> int:
        """Give how many frames are good."""
        return len(self.good)

    @property
    def complete(self) -> bool:
        """Tell whether every wanted frame is good."""
        return len(self.good) == len(self.wanted)

    @property
    def proven(self) -> bool:
        """Say that frames which all decode need no other proof."""
        return True

    async def look(self) -> None:
        """Verify what is new or changed; call once more after the engine has ended."""
        fresh = await asyncio.to_thread(self._folder.fresh)
        items = sorted(fresh.items())
        for start in range(0, len(items), BATCH):
            part = items[start : start + BATCH]
            for frame in await asyncio.to_thread(self._check_all, part):
                self._on_frame(frame)

    def _check_all(self, items: list[tuple[int, tuple[Path, Stamp]]]) -> list[Frame]:
        found = []
        for number, (path, stamp) in items:
            try:
                sha256, size = check(path, self._looks)
            except (ValueError, FileNotFoundError) as error:
                self.good.pop(number, None)
                self.bad[number] = str(error)
                continue
            self.bad.pop(number, None)
            self._looks = replace(self._looks, size=self._looks.size or size)
            frame = Frame(number, path, stamp[0], sha256, stamp)
            self.good[number] = frame
            found.append(frame)
        return found


def manifest_sha256(hashes: Collection[str]) -> str:
    """Hash the frames' hashes in their order: sha256 over the hex digests, one per line."""
    return hashlib.sha256("".join(f"{item}\n" for item in hashes).encode()).hexdigest()


def pack(hashes: Collection[str], path: Path) -> None:
    """Write the frames' hashes in their order, 32 bytes each."""
    path.write_bytes(b"".join(map(bytes.fromhex, hashes)))


def check_all(folder: Path, wanted: Collection[int]) -> dict[int, Path]:
    """Give the wanted frames of a folder that decode; any size and channels will do."""
    looks = Looks(None, frozenset({"RGB", "RGBA"}))
    found: dict[int, Path] = {}
    for number, (path, _) in FrameFolder(folder, wanted).fresh().items():
        try:
            check(path, looks)
        except ValueError:
            continue
        found[number] = path
    return found
