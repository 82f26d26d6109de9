"""Works out what video an order asks for: frames, rate and size, from the comp it renders."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from orchestrator.wire.base import FieldProblem, Fps
from orchestrator.wire.frames import parse
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import ScanComp

ASPECT_SLACK = Fraction(2, 100)
MAX_SIDE = 16_384


@dataclass(frozen=True, slots=True)
class Picture:
    """Describe the video: both ends of the span are included, sides are even (H.264, 4:2:0)."""

    first: int
    last: int
    fps: Fps
    width: int
    height: int

    @property
    def frames(self) -> int:
        """Count the frames."""
        return self.last - self.first + 1


def picture_of(order: RenderOrder, comp: ScanComp) -> Picture:
    """Give the video of an order that `picture_problems` found nothing wrong with."""
    fps, total = _rate(order, comp)
    span = parse(order.frames)[0] if order.frames is not None else (0, total - 1)
    width, height = _size(order, comp)
    return Picture(span[0], span[1], fps, even(width), even(height))


def picture_problems(
    order: RenderOrder, comp: ScanComp, *, max_frames: int, max_pixels: int | None
) -> list[FieldProblem]:
    """List what is wrong with frames, rate and size; nothing means the picture can be made."""
    found: list[FieldProblem] = []

    def say(code: str, place: str, message: str) -> None:
        found.append(FieldProblem(code=code, place=place, message=message))

    _, total = _rate(order, comp)
    span = parse(order.frames)[0] if order.frames is not None else (0, total - 1)
    if order.frames is not None and span[1] >= total:
        say("frames_outside", "frames", f"{comp.name} has the frames 0-{total - 1} at this rate;"
            f" {order.frames} is outside")  # fmt: skip
    count = span[1] - span[0] + 1
    if count > max_frames:
        say("too_many_frames", "frames", f"{count} frames are more than the {max_frames} of one"
            " render; ask for a shorter range")  # fmt: skip
    width, height = _size(order, comp)
    if max(width, height) > MAX_SIDE or (max_pixels is not None and width * height > max_pixels):
        say("too_large", "output", f"{width} x {height} pixels are too many; ask for less")
    shape, own = Fraction(width, height), Fraction(comp.width, comp.height)
    if abs(shape / own - 1) > ASPECT_SLACK:
        say("wrong_aspect", "output", f"the template is {comp.width} x {comp.height}; {width} x"
            f" {height} would distort it")  # fmt: skip
    if order.output.alpha:
        say("alpha_unsupported", "output.alpha", f"a video of the kind {order.output.container}"
            " carries no transparency; order it without alpha")  # fmt: skip
    if order.output.aspect is not None:
        across, down = (int(part) for part in order.output.aspect.split(":"))
        if abs(Fraction(across, down) / own - 1) > ASPECT_SLACK:
            say("wrong_aspect", "output.aspect", f"the template is {comp.width} x {comp.height},"
                f" not {order.output.aspect}; choose a project of that shape")  # fmt: skip
    return found


def even(side: int) -> int:
    """Round a side down to an even number, at least 2."""
    return max(2, side - side % 2)


def _rate(order: RenderOrder, comp: ScanComp) -> tuple[Fps, int]:
    """Give the rate and the comp's frames at it, rounded to the nearest, at least one."""
    fps = order.output.fps
    if fps is None:
        return comp.fps, comp.frames
    ratio = Fraction(fps.num, fps.den) / Fraction(comp.fps.num, comp.fps.den)
    return fps, max(1, int(comp.frames * ratio + Fraction(1, 2)))


def _size(order: RenderOrder, comp: ScanComp) -> tuple[int, int]:
    """Give the size: as asked, one side from the other, else the comp's own."""
    width, height = order.output.width, order.output.height
    if width is None and height is None:
        return comp.width, comp.height
    if width is None:
        assert height is not None
        return max(1, round(Fraction(height * comp.width, comp.height))), height
    if height is None:
        return width, max(1, round(Fraction(width * comp.height, comp.width)))
    return width, height
