"""Real projects through the whole farm: a video, or a clear sentence; no traceback, no hang."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Ran
from tests.support.videos import read_video
from tests.support.whole_farm import WholeFarm

FRAMES = 12
USUAL = (
    "lottie-android-EmptyState.aep",
    "lottie-android-Images.aep",
    "lottie-android-sky.zip",
)
SENTENCES = (
    "is outside.",
    "has no comp to render; add one.",
    "Say which comp to render.",
    "There are several projects:",
    "A footage file of the template is not in its bundle.",
)


def check(ran: Ran, video: Path) -> None:
    """See that there is a video as announced, or one of the sentences that we know."""
    told = ran.json
    if told["ok"]:
        assert ran.code == 0
        decoded = read_video(video)
        assert len(decoded.frames) == told["frames"] == FRAMES
        assert decoded.size == (told["width"], told["height"])
        return
    assert ran.code in (1, 2)
    assert any(sentence in told["error"] for sentence in SENTENCES), told["error"]
    assert not video.exists()


def render(whole: WholeFarm, sample: Path, folder: Path) -> None:
    option = "--bundle" if sample.suffix == ".zip" else "--aep"
    words = (option, sample, "--frames", f"0-{FRAMES - 1}", "--out", "a.mp4")
    check(whole.render(*words, cwd=folder), folder / "a.mp4")


@pytest.mark.parametrize("name", USUAL)
def test_a_real_project_gives_a_video_or_a_clear_sentence(
    whole: WholeFarm, samples: Path, tmp_path: Path, name: str
) -> None:
    render(whole, samples / name, tmp_path)


@pytest.mark.timeout(1800)
def test_every_real_project_gives_a_video_or_a_clear_sentence(
    whole: WholeFarm, samples: Path, tmp_path: Path, *, long_run: bool
) -> None:
    if not long_run:
        pytest.skip("runs with --long")
    for sample in sorted(samples.iterdir()):
        if sample.suffix in {".aep", ".zip"} and sample.name not in USUAL:
            (tmp_path / sample.name).mkdir()
            render(whole, sample, tmp_path / sample.name)
