"""Which frames, rate and size an order gets."""

from typing import Any
from uuid import UUID

import pytest

from orchestrator.core.picture import picture_of, picture_problems
from orchestrator.wire.base import Fps
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import ScanComp

COMP = ScanComp(
    name="c", width=1921, height=1080, fps=Fps(num=30000, den=1001), duration_s=4, frames=120
)


def order(**given: Any) -> RenderOrder:
    """Make an order."""
    return RenderOrder.model_validate({"project_id": UUID(int=1), **given}, strict=False)


@pytest.mark.parametrize(
    ("given", "span", "fps", "size"),
    [
        ({}, (0, 119), (30000, 1001), (1920, 1080)),
        ({"frames": "5"}, (5, 5), (30000, 1001), (1920, 1080)),
        ({"frames": "0-11"}, (0, 11), (30000, 1001), (1920, 1080)),
        ({"output": {"fps": {"num": 15000, "den": 1001}}}, (0, 59), (15000, 1001), (1920, 1080)),
        ({"output": {"fps": {"num": 25}}}, (0, 99), (25, 1), (1920, 1080)),
        ({"output": {"width": 640}}, (0, 119), (30000, 1001), (640, 360)),
        ({"output": {"height": 541}}, (0, 119), (30000, 1001), (962, 540)),
        ({"output": {"width": 960, "height": 540}}, (0, 119), (30000, 1001), (960, 540)),
        ({"output": {"container": "mov"}}, (0, 119), (30000, 1001), (1921, 1080)),
        ({"output": {"container": "webm", "alpha": True}}, (0, 119), (30000, 1001), (1920, 1080)),
        ({"output": {"aspect": "16:9"}}, (0, 119), (30000, 1001), (1920, 1080)),
        ({"output": {"aspect": "1:1", "fit": "pad"}}, (0, 119), (30000, 1001), (1920, 1920)),
        ({"output": {"aspect": "1:1", "fit": "crop"}}, (0, 119), (30000, 1001), (1080, 1080)),
        (
            {"output": {"aspect": "9:16", "fit": "crop", "height": 960}},
            (0, 119),
            (30000, 1001),
            (540, 960),
        ),
        (
            {"output": {"width": 720, "height": 720, "fit": "pad"}},
            (0, 119),
            (30000, 1001),
            (720, 720),
        ),
    ],
)
def test_what_is_not_asked_for_is_the_comps_own(
    given: dict[str, Any], span: tuple[int, int], fps: tuple[int, int], size: tuple[int, int]
) -> None:
    wanted = order(**given)
    assert picture_problems(wanted, COMP, max_frames=999, max_pixels=None) == []
    picture = picture_of(wanted, COMP)
    assert (picture.first, picture.last) == span
    assert picture.frames == span[1] - span[0] + 1
    assert (picture.fps.num, picture.fps.den) == fps
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize(
    ("given", "code", "place"),
    [
        ({"frames": "0-120"}, "frames_outside", "frames"),
        (
            {"frames": "60-99", "output": {"fps": {"num": 15000, "den": 1001}}},
            "frames_outside",
            "frames",
        ),
        ({"output": {"width": 500, "height": 500}}, "wrong_aspect", "output"),
        ({"output": {"aspect": "9:16"}}, "wrong_aspect", "output.aspect"),
        (
            {"output": {"aspect": "1:1", "width": 640, "fit": "crop", "height": 360}},
            "wrong_aspect",
            "output.aspect",
        ),
        ({"output": {"alpha": True}}, "alpha_needs_other_container", "output.alpha"),
        ({"output": {"codec": "vp9"}}, "codec_unsupported", "output.codec"),
        ({"output": {"container": "gif", "codec": "h264"}}, "codec_unsupported", "output.codec"),
        ({"output": {"width": 9000}}, "too_large", "output"),
        ({"output": {"fps": {"num": 60}}}, "too_many_frames", "frames"),
        ({"frames": "0-9", "output": {"fps": {"num": 61}}}, "fps_outside", "output.fps"),
        ({"frames": "0", "output": {"fps": {"num": 9, "den": 10}}}, "fps_outside", "output.fps"),
        (
            {"output": {"fps": {"num": 51}, "container": "gif"}, "frames": "0-9"},
            "fps_outside",
            "output.fps",
        ),
        (
            {"output": {"container": "gif"}, "audio": {"music": {"file_id": UUID(int=2)}}},
            "sound_needs_other_container",
            "audio.music",
        ),
    ],
)
def test_what_cannot_be_made_is_named_with_its_place(
    given: dict[str, Any], code: str, place: str
) -> None:
    found = picture_problems(order(**given), COMP, max_frames=200, max_pixels=4_000_000)
    assert [(problem.code, problem.place) for problem in found] == [(code, place)]


@pytest.mark.parametrize(
    ("own", "container", "expected"),
    [(60, "gif", (60, 2)), (50, "gif", (50, 1)), (120, "gif", (120, 4)), (120, "mp4", (120, 2))],
)
def test_a_comp_too_fast_for_its_format_is_rendered_at_a_part_of_its_rate(
    own: int, container: str, expected: tuple[int, int]
) -> None:
    fast = COMP.model_copy(update={"fps": Fps(num=own)})
    picture = picture_of(order(output={"container": container}), fast)
    assert (picture.fps.num, picture.fps.den) == expected
    assert picture.frames == 120 // expected[1]


def test_a_comp_of_one_frame_stays_one_frame_at_any_rate() -> None:
    still = COMP.model_copy(update={"frames": 1})
    picture = picture_of(order(output={"fps": {"num": 1}}), still)
    assert (picture.frames, picture.first) == (1, 0)
