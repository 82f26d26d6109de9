"""Verify frames as they appear: each decodes to its end, has the size and the channels."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from PIL import Image

from node_agent.core.frames.png import bit_depth, check_whole, is_png
from node_agent.core.frames.sights import Sight
from node_agent.errors import TaskBroken, broken
from node_agent.report.outputs import FrameFolder, Stamp
from orchestrator.wire import frames as ranges
from orchestrator.wire.failures import FailureClass

BATCH = 16
THREADS = min(4, os.cpu_count() or 1)
"""Decoding leaves other threads alone, and an engine that waits leaves cores idle."""
_TIFF_BITS = 258
_LUMA = (0.299, 0.587, 0.114)
_PLACE = re.compile(r"frames/(\d{1,8})\.(?:png|tiff?)")


@dataclass(frozen=True, slots=True)
class Frame:
    """Be one verified frame."""

    number: int
    path: Path
    size_bytes: int
    sha256: str
    stamp: Stamp
    sight: Sight | None = None

    @property
    def is_as_verified(self) -> bool:
        """Tell whether the file still holds the very bytes that were verified."""
        try:
            with self.path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Looks:
    """Say how a frame must look: `size` in pixels, `bits` per sample; None: all must be alike."""

    size: tuple[int, int] | None
    modes: frozenset[str]
    bits: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Be what one look at a frame's file found."""

    sha256: str
    size: tuple[int, int]
    bits: int
    sight: Sight


def check(path: Path, looks: Looks) -> tuple[str, tuple[int, int]]:
    """Decode one frame wholly; give the sha256 of the very bytes that decoded, and its size.

    Raises ValueError that says what is wrong.
    """
    seen = see(path, looks)
    return seen.sha256, seen.size


def see(path: Path, looks: Looks) -> Seen:
    """Decode one frame wholly and say what is in it; raises ValueError as `check` does."""
    raw = path.read_bytes()
    if not raw:
        raise ValueError("the file is empty")
    if is_png(raw):
        check_whole(raw)  # The export's decoder is stricter than this one.
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "TIFF")) as image:
            bits = bit_depth(raw) if is_png(raw) else _tiff_bits(image)
            image.load()
            size, mode, sight = image.size, image.mode, _sight(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"it does not decode ({error})") from error
    if looks.size is not None and size != looks.size:
        raise ValueError(f"it has {size[0]}x{size[1]} pixels, not {looks.size[0]}x{looks.size[1]}")
    if mode not in looks.modes:
        raise ValueError(f"it has the channels {mode}, not {' or '.join(sorted(looks.modes))}")
    if bits != (looks.bits or bits):
        raise ValueError(f"it has {bits} bits per sample, not {looks.bits}")
    return Seen(hashlib.sha256(raw).hexdigest(), size, bits, sight)


def _tiff_bits(image: Image.Image) -> int:
    found = getattr(image, "tag_v2", {}).get(_TIFF_BITS, 8)
    return int(found[0] if isinstance(found, tuple) else found)


def _sight(image: Image.Image) -> Sight:
    """Say what is seen; two frames are held for equal by their shades and a smaller picture."""
    every = image.histogram()
    pixels = zlib.crc32(image.reduce(4).tobytes(), zlib.crc32(repr(every).encode()))
    if image.mode == "RGBA" and not any(every[769:]):
        return Sight(0.0, 0, pixels)
    counts = every if image.mode in {"RGB", "RGBA"} else image.convert("RGB").histogram()
    counts = counts[:768]
    peak = max(place % 256 for place, count in enumerate(counts) if count)
    mean = sum(
        weight * sum(shade * count for shade, count in enumerate(counts[start : start + 256]))
        for start, weight in zip((0, 256, 512), _LUMA, strict=True)
    )
    return Sight(round(mean / sum(counts[:256]), 2), peak, pixels)


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
        while items:
            # The first frame says how large all are, so it goes alone.
            size = 1 if self._looks.size is None else BATCH
            part, items = items[:size], items[size:]
            shares = [share for n in range(THREADS) if (share := part[n::THREADS])]
            found = await asyncio.gather(
                *(asyncio.to_thread(self._check_all, share) for share in shares)
            )
            for frame in sorted(chain.from_iterable(found), key=lambda one: one.number):
                self._on_frame(frame)

    def _check_all(self, items: list[tuple[int, tuple[Path, Stamp]]]) -> list[Frame]:
        found = []
        for number, (path, stamp) in items:
            try:
                seen = see(path, self._looks)
            except (ValueError, FileNotFoundError) as error:
                self.good.pop(number, None)
                self.bad[number] = str(error)
                continue
            self.bad.pop(number, None)
            looks = self._looks
            self._looks = replace(looks, size=looks.size or seen.size, bits=looks.bits or seen.bits)
            frame = Frame(number, path, stamp[0], seen.sha256, stamp, seen.sight)
            self.good[number] = frame
            found.append(frame)
        return found


def frame_of(path: str) -> int | None:
    """Read the number of a frame from its place among a task's inputs; None for other inputs."""
    match = _PLACE.fullmatch(path)
    return int(match[1]) if match else None


def unusable(missing: Collection[int], damaged: Collection[int]) -> TaskBroken:
    """Say that frames are lost or damaged; the server has them made again."""
    bad = ranges.write(ranges.from_frames((*missing, *damaged)))
    code = "frames_corrupt" if damaged else "frames_missing"
    what = "missing or damaged" if missing and damaged else "damaged" if damaged else "missing"
    return broken(
        FailureClass.TRANSIENT,
        code,
        f"Frames {bad[:300]} are {what}; they have to be made again.",
        stage="export",
        frames=bad,
    )


def changed(frames: Iterable[Frame]) -> list[Frame]:
    """Give those frames whose files are no longer what was verified; reads them all."""
    return [frame for frame in frames if not frame.is_as_verified]


def manifest_sha256(hashes: Collection[str]) -> str:
    """Hash the frames' hashes in their order: sha256 over the hex digests, one per line."""
    return hashlib.sha256("".join(f"{item}\n" for item in hashes).encode()).hexdigest()


def pack(hashes: Collection[str], path: Path) -> None:
    """Write the frames' hashes in their order, 32 bytes each."""
    path.write_bytes(b"".join(map(bytes.fromhex, hashes)))


def see_all(folder: Path, wanted: Collection[int]) -> dict[int, Frame]:
    """Give the wanted frames of a folder that decode and are alike in size and depth.

    Any size will do, that of most frames: what differs from it is left out.
    """
    looks = Looks(None, frozenset({"RGB", "RGBA"}))
    found: dict[int, tuple[Frame, tuple[int, int, int]]] = {}
    for number, (path, stamp) in FrameFolder(folder, wanted).fresh().items():
        try:
            seen = see(path, looks)
        except ValueError:
            continue
        frame = Frame(number, path, stamp[0], seen.sha256, stamp, seen.sight)
        found[number] = (frame, (*seen.size, seen.bits))
    kinds = [kind for _, kind in found.values()]
    usual = max(set(kinds), key=kinds.count, default=None)
    return {number: frame for number, (frame, kind) in sorted(found.items()) if kind == usual}
