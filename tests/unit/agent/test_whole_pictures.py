"""A frame counts only when its file is whole: a decoder alone forgives a missing end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from node_agent.core.frames.png import check_whole, is_png
from node_agent.runner.verify import Looks, check
from tests.chaos.engine import HEIGHT, WIDTH, png

RGB = Looks((WIDTH, HEIGHT), frozenset({"RGB"}))
PICTURE = png("mark", 1)


@pytest.mark.parametrize("missing", [1, 12, 20, 40, len(PICTURE) - 9])
def test_a_frame_without_its_last_bytes_is_refused(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "00001.png"
    path.write_bytes(PICTURE[:-missing])
    with pytest.raises(ValueError, match=r"breaks off|does not decode"):
        check(path, RGB)


def test_a_whole_frame_passes_whatever_follows_its_end(tmp_path: Path) -> None:
    path = tmp_path / "00001.png"
    path.write_bytes(PICTURE + bytes(100))
    assert check(path, RGB)[1] == (WIDTH, HEIGHT)


def test_every_flipped_bit_of_a_picture_is_found() -> None:
    for at in range(8, len(PICTURE)):
        broken = bytearray(PICTURE)
        broken[at] ^= 1
        with pytest.raises(ValueError, match=r"breaks off|wrong checksum"):
            check_whole(bytes(broken))


def test_pictures_of_an_ordinary_writer_are_whole() -> None:
    out = io.BytesIO()
    Image.effect_noise((300, 200), 90).save(out, "PNG")
    assert is_png(out.getvalue())
    check_whole(out.getvalue())
    assert not is_png(b"II*\0")
