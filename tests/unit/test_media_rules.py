"""How large a client's pictures and videos are made for the places that show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from orchestrator.core.media import Seen, media_rules
from orchestrator.wire.base import Fps
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import Box, ScanElement, ScanResult, ScanScene

FILE = UUID(int=7)
FPS = Fps(num=24)


def scan(*boxes: tuple[int, int] | None) -> ScanResult:
    """Make a template whose scene `s` has a media field for each box."""
    elements = tuple(
        ScanElement(
            key=f"m{number}", kind="media", layer="l", comp="s",
            box=None if box is None else Box(width=box[0], height=box[1]),
        )
        for number, box in enumerate(boxes)
    )  # fmt: skip
    scene = ScanScene(key="s", title="s", elements=elements)
    return ScanResult.model_construct(mode="fix", scenes=(scene,), shared_colors=(), controls=(),
                                      problems=())  # fmt: skip


def order(count: int = 1, **value: Any) -> RenderOrder:
    values = [{"key": f"m{n}", "value": {"file_id": FILE}, **value} for n in range(count)]
    body = {"project_id": UUID(int=1), "scenes": [{"key": "s", "values": values}]}
    return RenderOrder.model_validate(body, strict=False)


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        ((4000, 1000), None, (200, 50)),
        ((4000, 1000), "cover", (800, 200)),
        ((4000, 1000), "stretch", (800, 200)),
        ((4000, 1000), "none", (4000, 1000)),
        ((150, 90), None, (150, 90)),
        ((201, 10), None, (200, 10)),
    ],
)
def test_a_picture_is_at_most_twice_its_place(
    size: tuple[int, int], fit: str | None, expected: tuple[int, int]
) -> None:
    seen = {FILE: Seen("media/a.png", "image/png", *size)}
    (rule,) = media_rules(order(fit=fit), scan((100, 100)), seen, FPS)
    assert (rule.kind, rule.form, rule.fps) == ("image", None, None)
    assert (rule.width_max, rule.height_max) == expected


def test_the_largest_of_its_places_decides_and_an_unknown_one_keeps_it_whole() -> None:
    seen = {FILE: Seen("media/a.mov", "video/x-matroska", 1920, 1080)}
    (rule,) = media_rules(order(2), scan((100, 100), (320, 180)), seen, FPS)
    assert (rule.kind, rule.form, rule.fps) == ("video", "matroska", FPS)
    assert (rule.width_max, rule.height_max) == (640, 360)
    (rule,) = media_rules(order(2), scan((100, 100), None), seen, FPS)
    assert (rule.width_max, rule.height_max) == (1920, 1080)
    assert media_rules(order(), scan((9, 9)), {}, FPS) == ()
