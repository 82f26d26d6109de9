"""Our own SVG holds shapes and colours, whatever a tracer or a caller hands over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.importing.svg import BadTrace, Fill, distance, mapped, picture, recolored

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
SHAPE = ["M0 0 L1 1 Z", 0.0, 2.5, "#ff0000"]


@given(st.text(), st.text())
def test_nothing_but_shapes_and_colours_gets_in(shape: str, fill: str) -> None:
    try:
        made = picture(8, 8, [[shape, 1.0, 0, fill]])
    except BadTrace:
        return
    assert made.count("<") == made.count(">") == 3
    assert not set(shape + fill) & set("<>\"'&;:()")


@pytest.mark.parametrize(
    "path",
    [
        ['M0 0"/><script>', 0, 0, "#ff0000"],
        ["M0 0", 0, 0, "url(#a)"],
        ["M0 0", 0, 0, "#FF0000"],
        ["M0 0", 0, 0, '#ff0000" onload="x'],
    ],
)
def test_a_trace_with_more_in_it_is_refused(path: list[object]) -> None:
    with pytest.raises(BadTrace):
        picture(8, 8, [path])


def test_a_picture_over_its_limit_is_refused() -> None:
    with pytest.raises(BadTrace, match="bytes"):
        picture(8, 8, [SHAPE] * 30_000)


@given(COLORS, COLORS)
def test_a_fill_takes_the_colour_of_its_key_and_others_keep_theirs(one: str, other: str) -> None:
    svg = picture(8, 8, [[*SHAPE[:3], one], [*SHAPE[:3], "#00ff00"]])
    done = recolored(svg, [Fill(one, 0.5, "accent"), Fill("#00ff00", 0.5)], {"accent": other})
    assert done.count(f'fill="{other}"') >= 1
    assert done.count("<path") == 2
    if one != "#00ff00":
        assert 'fill="#00ff00"' in done
    assert recolored(svg, [Fill(one, 1.0, "accent")], {}) == svg


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(BadTrace):
        recolored(picture(8, 8, [SHAPE]), [], {"accent": 'red"/><script>'})


def test_fills_map_to_the_nearest_shared_colour_and_to_none_when_all_are_far() -> None:
    shared = {"ink": "#101010", "accent": "#ff2020"}
    assert [one.key for one in mapped([("#ff0000", 0.5), ("#ffffff", 0.5)], shared)] == [
        "accent",
        None,
    ]
    assert mapped([("#ff0000", 1.0)], {}) == (Fill("#ff0000", 1.0, None),)
    assert distance("#000000", "#ffffff") > 700
    assert distance("#123456", "#123456") == 0
