"""What is told of black and repeated frames, and what of a frame's file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from node_agent.core.frames.sights import Sight, remarks
from node_agent.core.frames.spans import landmarks, launches
from node_agent.runner.verify import Looks, changed, frame_of, see, see_all, unusable
from orchestrator.wire import frames as ranges

RGB = Looks((8, 6), frozenset({"RGB"}))


def film(pictures: str) -> list[str]:
    """Make a film of one letter per frame: B is black, others are pictures of their own."""
    return remarks(
        {
            number: Sight(0, 0, 0) if letter == "B" else Sight(90, 200, ord(letter))
            for number, letter in enumerate(pictures)
        }
    )


@pytest.mark.parametrize(
    "pictures",
    ["", "abcdefgh", "BBBabcdBB", "aabbccddeeff", "abcdeeeeeeee", "aaaa", "abbbbc"],
)
def test_fades_twins_and_stills_at_the_end_are_nothing_to_tell(pictures: str) -> None:
    assert film(pictures) == []


@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        ("aaaaaaaaaa", "All frames, 0-9, are equal."),
        ("BBB", "All frames, 0-2, are black."),
        ("abBcd", "Frame 2 is black between others that are not; look whether that is meant."),
        ("abBBBcd", "Frames 2-4 are black between"),
        ("B" * 26 + "ab", "Frames 0-25 are black"),
        ("abcccccde", "Frames 2-6 are all equal while the film moves"),
        ("aaaaabcd", "Frames 0-4 are all equal"),
    ],
)
def test_black_and_repeated_frames_among_others_are_told(pictures: str, told: str) -> None:
    (remark,) = film(pictures)
    assert remark.startswith(told)


def test_many_runs_are_counted_after_the_first_five() -> None:
    assert film("".join(f"{letter}B" for letter in "abcdefgh") + "z")[-1].startswith("3 more runs")


def picture(
    path: Path, shade: int = 200, mode: str = "RGB", size: tuple[int, int] = (8, 6)
) -> Path:
    shades = (shade,) * len(mode)
    Image.new(mode, size, shades if len(mode) > 1 else shade).save(path)
    return path


def test_a_look_tells_brightness_depth_and_whether_pictures_are_equal(tmp_path: Path) -> None:
    one, two = picture(tmp_path / "1.png"), picture(tmp_path / "2.tif")
    first, second = see(one, RGB), see(two, RGB)
    assert (first.sight, first.bits) == (second.sight, 8)
    assert first.sha256 != second.sha256
    assert (first.sight.mean, first.sight.peak) == (200, 200)
    assert see(picture(tmp_path / "3.png", 0), RGB).sight.peak == 0


def test_what_is_wholly_transparent_counts_as_black(tmp_path: Path) -> None:
    path = tmp_path / "1.png"
    Image.new("RGBA", (8, 6), (255, 255, 255, 0)).save(path)
    assert see(path, Looks(None, frozenset({"RGBA"}))).sight.peak == 0


def test_another_depth_than_the_other_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="8 bits per sample, not 16"):
        see(picture(tmp_path / "1.png"), Looks(None, frozenset({"RGB"}), 16))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_a_tiff_that_breaks_off_is_refused(tmp_path: Path, compression: str | None) -> None:
    path = tmp_path / "1.tif"
    noise = Image.effect_noise((64, 48), 90).convert("RGB")
    noise.save(path, compression=compression)
    assert see(path, Looks((64, 48), frozenset({"RGB"}))).size == (64, 48)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match="decode"):
        see(path, Looks((64, 48), frozenset({"RGB"})))


def test_frames_that_differ_from_most_or_do_not_decode_are_left_out(tmp_path: Path) -> None:
    for number in range(5):
        picture(tmp_path / f"{number:05d}.png", 10 * number)
    picture(tmp_path / "00002.png", size=(9, 9))
    (tmp_path / "00003.png").write_bytes(b"nothing")
    assert list(see_all(tmp_path, range(6))) == [0, 1, 4]


def test_a_frame_in_another_format_than_the_others_is_none(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / f"{number:05d}.png")
    picture(tmp_path / "00001.tif", 9)
    picture(tmp_path / "00003.tif", 9)
    found = see_all(tmp_path, range(4))
    assert [frame.path.name for frame in found.values()] == ["00000.png", "00001.png", "00002.png"]


def test_a_file_that_changed_or_vanished_after_its_check_is_noticed(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / f"{number:05d}.png")
    frames = see_all(tmp_path, range(3))
    assert changed(frames.values()) == []
    frames[0].path.unlink()
    picture(frames[2].path, 7)
    assert [frame.number for frame in changed(frames.values())] == [0, 2]


def test_unusable_frames_are_named_for_the_server() -> None:
    assert frame_of("frames/00012.tif") == 12
    assert frame_of("media/00012.png") is None
    lost, damaged = unusable([3, 4], []).failure, unusable([3], [9]).failure
    assert (lost.code, lost.frames) == ("frames_missing", "3-4")
    assert (damaged.code, damaged.frames) == ("frames_corrupt", "3,9")


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("", ""),
        ("0-9", "0-9"),
        ("4,9,15,39", "4-15,39"),
        ("0-3,16-20", "0-20"),
        ("0-3,17-20", "0-3,17-20"),
    ],
)
def test_launches_draw_a_few_frames_once_more_rather_than_begin_again(
    left: str, expected: str
) -> None:
    assert launches(ranges.parse(left)) == ranges.parse(expected)


def test_the_first_the_middle_and_the_last_frame_are_shown_early() -> None:
    assert landmarks(ranges.parse("0-9")) == {0, 5, 9}
    assert landmarks(ranges.parse("3,20-21")) == {3, 20, 21}
    assert landmarks(ranges.parse("7")) == {7}
    assert landmarks(()) == frozenset()
