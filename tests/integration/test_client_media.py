"""What clients send is made fit for the engine on the node: measured on real files."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from node_agent.core.media import convert
from node_agent.errors import TaskBroken
from node_agent.runner.media.safe import shrink
from orchestrator.wire.base import Fps
from orchestrator.wire.media.safe import MediaRule, VideoForm
from tests.support.exports import RATE_HZ, ffmpeg_of, pixels_of, samples_of

LIMIT_S = 60


def draw(path: Path, *words: str) -> Path:
    """Make a video with the real ffmpeg."""
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *words, str(path)]
    subprocess.run(command, check=True, timeout=LIMIT_S)
    return path


def halves(size: str = "64x48", seconds: float = 1.0, rate: str = "30") -> list[str]:
    """Give the words for a video, red above and blue below."""
    wide, high = (int(side) for side in size.split("x"))
    graph = (
        f"color=red:s={wide}x{high // 2}:d={seconds}:r={rate}[a];"
        f"color=blue:s={wide}x{high // 2}:d={seconds}:r={rate}[b];[a][b]vstack,format=yuv420p"
    )
    return ["-f", "lavfi", "-i", graph]


async def fit(source: Path, form: VideoForm = "mov", **rule: Any) -> Path:
    """Do with a file what the node does."""
    ffmpeg = ffmpeg_of(source.parent)
    told = MediaRule.model_validate(
        {"path": "media/a.mov", "kind": "video", "form": form, **rule}, strict=False
    )
    target = source.with_name("made.mov")
    clip = await ffmpeg.look(source, form, timeout_s=LIMIT_S)
    words = convert(source, target, told, form, clip)
    await ffmpeg.convert(words, source.parent, timeout_s=LIMIT_S)
    return target


async def test_a_video_of_changing_rate_gets_the_comps_own(tmp_path: Path) -> None:
    uneven = draw(
        tmp_path / "a.mp4", *halves(seconds=2, rate="60"), "-vf", "select='lt(t,1)+not(mod(n,7))'",
        "-fps_mode", "vfr",
    )  # fmt: skip
    made = await fit(uneven, fps=Fps(num=30000, den=1001))
    probe = await ffmpeg_of(tmp_path).probe(made)
    given = await ffmpeg_of(tmp_path).probe(uneven)
    assert given.frames < 75
    assert probe.fps == 29.97
    # The last frame, at 119/60 s, lasts as long as the one before it.
    assert probe.frames == pytest.approx(126 / 60 * 30000 / 1001, abs=1.1)
    assert probe.bt709


async def test_a_phones_video_stands_upright_and_is_at_most_as_large_as_needed(
    tmp_path: Path,
) -> None:
    flat = draw(tmp_path / "flat.mp4", *halves("96x64"))
    turned = draw(
        tmp_path / "turned.mp4", "-display_rotation:v:0", "90", "-i", str(flat), "-c", "copy"
    )
    made = await fit(turned, width_max=32, height_max=90)
    frame = pixels_of(made, (32, 48))[0].astype(int)
    assert frame[24, 4, 0] > 150 > frame[24, 4, 2]
    assert frame[24, 27, 2] > 150 > frame[24, 27, 0]


async def test_wide_pixels_become_square_ones(tmp_path: Path) -> None:
    wide = draw(tmp_path / "a.mp4", *halves("48x48"), "-aspect", "2:1")
    for bounds, size in (({}, (96, 48)), ({"width_max": 95, "height_max": 99}, (94, 48))):
        probe = await ffmpeg_of(tmp_path).probe(await fit(wide, **bounds))
        assert (probe.width, probe.height) == size


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("a.webm", "matroska", ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p"]),
        ("a.webm", "matroska", ["-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0"]),
        ("a.mov", "mov", ["-c:v", "qtrle"]),
        ("a.mov", "mov", ["-c:v", "png"]),
    ],
)
async def test_a_transparent_video_stays_transparent(
    tmp_path: Path, name: str, form: VideoForm, words: list[str]
) -> None:
    clear = draw(
        tmp_path / name, "-f", "lavfi", "-i",
        "color=green@0.0:s=32x32:d=0.4:r=25,format=rgba,drawbox=16:0:16:32:red@1:fill:replace=1",
        *words,
    )  # fmt: skip
    made = await fit(clear, form, fps=Fps(num=25))
    probe = await ffmpeg_of(tmp_path).probe(made)
    assert (probe.alpha, probe.frames) == (True, 10)
    frame = pixels_of(made, (32, 32), alpha=True)[-1]
    assert frame[16, 4, 3] <= 2
    assert frame[16, 27, 3] >= 253
    assert frame[16, 27, 0] > 200


async def test_the_sound_of_a_video_is_48_khz_from_both_sides(tmp_path: Path) -> None:
    mono = draw(
        tmp_path / "a.mp4", *halves(), "-f", "lavfi", "-i",
        "aevalsrc=0.25*sin(880*PI*t):d=1:s=22050", "-shortest",
    )  # fmt: skip
    samples = samples_of(await fit(mono, fps=Fps(num=25)))
    assert len(samples) == pytest.approx(RATE_HZ, rel=0.05)
    assert float(np.abs(samples).max()) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("form", ["mov", "matroska", "avi", "mpeg"])
@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"http://127.0.0.1:9/video.mp4\n",
        b"",
        b"\x00\x00\x00\x18ftypisom0000" + bytes(500),
    ],
)
async def test_what_is_no_video_is_refused_and_leads_nowhere(
    tmp_path: Path, form: VideoForm, content: bytes
) -> None:
    bad = tmp_path / "a.mp4"
    bad.write_bytes(content)
    with pytest.raises(TaskBroken) as told:
        await fit(bad, form)
    assert told.value.failure.code in {"encode_failed", "media_unreadable"}
    assert told.value.failure.stage == "inputs"


async def test_a_video_of_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    huge = draw(
        tmp_path / "a.mkv", "-f", "lavfi", "-i", "color=red:s=16000x8000:d=0.04:r=25",
        "-c:v", "mjpeg", "-pix_fmt", "yuvj420p",
    )  # fmt: skip
    with pytest.raises(TaskBroken):
        await fit(huge, "matroska")


def test_a_picture_shrinks_in_its_shape_and_small_ones_stay_as_they_are(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    Image.new("RGBA", (400, 100), (200, 10, 10, 128)).save(picture)
    shrink(picture, 100, 100)
    with Image.open(picture) as small:
        assert (small.size, small.mode) == ((100, 25), "RGBA")
        assert small.getpixel((50, 12)) == pytest.approx((200, 10, 10, 128), abs=1)
    before = picture.read_bytes()
    shrink(picture, 100, None)
    shrink(picture, None, None)
    assert picture.read_bytes() == before
    photo = tmp_path / "b.jpg"
    Image.new("RGB", (90, 90), (10, 200, 10)).save(photo)
    shrink(photo, 45, 45)
    with Image.open(photo) as small:
        assert (small.size, small.format) == ((45, 45), "JPEG")
