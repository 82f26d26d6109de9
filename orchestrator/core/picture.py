"""Works out what video an order asks for: frames, rate and size, from the comp it renders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from orchestrator.wire.base import FieldProblem, Fps
from orchestrator.wire.frames import parse
from orchestrator.wire.media.output import FORMATS, OutputSpec, even
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import ScanComp

ASPECT_SLACK = Fraction(2, 100)
MAX_SIDE = 16_384
Say = Callable[[str, str, str], None]
"""Take a problem: its code, its place in the order, what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Describe the video; both ends of the span are included, sides are as its format has them."""

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
    width, height = _size(order.output, comp)
    if order.output.format.even:
        width, height = even(width), even(height)
    return Picture(span[0], span[1], fps, width, height)


def picture_problems(
    order: RenderOrder, comp: ScanComp, *, max_frames: int, max_pixels: int | None
) -> list[FieldProblem]:
    """List what is wrong with frames, rate, size and format; nothing means it can be made."""
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
    width, height = _size(order.output, comp)
    if max(width, height) > MAX_SIDE or (max_pixels is not None and width * height > max_pixels):
        say("too_large", "output", f"{width} x {height} pixels are too many; ask for less")
    _check_shape(order.output, comp, say)
    _check_format(order, say)
    return found


def _check_shape(output: OutputSpec, comp: ScanComp, say: Say) -> None:
    """See that the picture is of the template's shape, or that bars or a crop were asked for."""
    width, height = _size(output, comp)
    own = Fraction(comp.width, comp.height)
    other = " choose a project of that shape, or fit pad or crop"
    if output.fit == "exact" and _differs(Fraction(width, height), own):
        say("wrong_aspect", "output", f"the template is {comp.width} x {comp.height}; {width} x"
            f" {height} would distort it;{other}")  # fmt: skip
    if output.aspect is None:
        return
    if output.fit == "exact" and _differs(_shape(output.aspect), own):
        say("wrong_aspect", "output.aspect", f"the template is {comp.width} x {comp.height},"
            f" not {output.aspect};{other}")  # fmt: skip
    elif _differs(Fraction(width, height), _shape(output.aspect)):
        say("wrong_aspect", "output.aspect", f"{width} x {height} is not {output.aspect}; leave one"
            " of the two out")  # fmt: skip


def _check_format(order: RenderOrder, say: Say) -> None:
    """See that the container carries what is asked of it."""
    output, made = order.output, order.output.format
    if output.codec is not None and output.codec not in made.codecs:
        say("codec_unsupported", "output.codec", f"{output.container} holds"
            f" {' or '.join(made.codecs)}, not {output.codec}")  # fmt: skip
    if output.alpha and not made.alpha:
        carrying = ", ".join(name for name, one in FORMATS.items() if one.alpha)
        say("alpha_needs_other_container", "output.alpha", f"{output.container} carries no"
            f" transparency; order it without alpha, or as one of {carrying}")  # fmt: skip
    fps = output.fps
    if fps is not None and not fps.den <= fps.num <= made.fps_max * fps.den:
        say("fps_outside", "output.fps", f"{fps.num}/{fps.den} frames a second cannot be made as"
            f" {output.container}; ask for 1 to {made.fps_max}")  # fmt: skip
    audio = order.audio
    tracks = {"music": audio.music, "sfx": audio.sfx, "voiceover": audio.voiceover}
    for name in (name for name, track in tracks.items() if track is not None and not made.sound):
        say("sound_needs_other_container", f"audio.{name}", f"{output.container} carries no sound;"
            f" leave {name} out, or order another container")  # fmt: skip


def _shape(aspect: str) -> Fraction:
    across, down = (int(part) for part in aspect.split(":"))
    return Fraction(across, down)


def _differs(one: Fraction, other: Fraction) -> bool:
    return abs(one / other - 1) > ASPECT_SLACK


def _rate(order: RenderOrder, comp: ScanComp) -> tuple[Fps, int]:
    """Give the rate and the comp's frames at it, rounded to the nearest, at least one.

    A comp that is too fast for the format is rendered at half its rate, or a quarter.
    """
    fps = order.output.fps
    if fps is None:
        fps = comp.fps
        while fps.num > order.output.format.fps_max * fps.den:
            fps = Fps(num=fps.num, den=2 * fps.den)
    if fps == comp.fps:
        return fps, comp.frames
    ratio = Fraction(fps.num, fps.den) / Fraction(comp.fps.num, comp.fps.den)
    return fps, max(1, int(comp.frames * ratio + Fraction(1, 2)))


def _size(output: OutputSpec, comp: ScanComp) -> tuple[int, int]:
    """Give the size: as asked, one side from the other and the shape, else the comp's own.

    Another shape than the comp's is the smallest around it for `pad`, the largest in it for `crop`.
    """
    width, height = output.width, output.height
    shape = Fraction(comp.width, comp.height)
    if output.aspect is not None and output.fit != "exact":
        shape = _shape(output.aspect)
    if width is not None and height is not None:
        return width, height
    if width is not None:
        return width, max(1, round(width / shape))
    if height is not None:
        return max(1, round(height * shape)), height
    wider = shape > Fraction(comp.width, comp.height)
    if wider == (output.fit == "pad"):
        return max(1, round(comp.height * shape)), comp.height
    return comp.width, max(1, round(comp.width / shape))
