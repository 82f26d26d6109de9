"""What video comes out: the formats that can be ordered, and what each of them carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from orchestrator.wire.base import Fps, Message, Side

Quality = Literal["draft", "standard", "high"]
Container = Literal["mp4", "mov", "webm", "gif", "png"]
Codec = Literal["h264", "h265", "prores", "vp9", "gif", "png"]
Aspect = Literal["16:9", "1:1", "9:16", "4:5"]
Fit = Literal["exact", "pad", "crop"]
FPS_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Format:
    """Say what a container carries; the first codec is the one it has when none is named.

    `even` sides: a codec that keeps colour at half the size (4:2:0) has no odd ones.
    """

    codecs: tuple[Codec, ...]
    content_type: str
    ending: str
    alpha: bool
    sound: bool
    even: bool
    fps_max: int = FPS_MAX


FORMATS: Final[Mapping[Container, Format]] = MappingProxyType(
    {
        "mp4": Format(("h264", "h265"), "video/mp4", "mp4", False, True, True),
        "mov": Format(("prores",), "video/quicktime", "mov", True, True, False),
        "webm": Format(("vp9",), "video/webm", "webm", True, True, True),
        "gif": Format(("gif",), "image/gif", "gif", True, False, False, 50),
        "png": Format(("png",), "application/zip", "zip", True, True, False),
    }
)
"""A GIF counts its times in hundredths of a second and viewers slow down what is below two."""


class OutputSpec(Message):
    """Say what video comes out; what is not given is the template's own.

    `container` mp4 holds H.264 (or H.265 by `codec`), mov ProRes 4444, webm VP9, gif a GIF without
    sound, png a zip of numbered PNG frames with the sound as WAV. `alpha` keeps transparency; every
    container but mp4 can. `fps` is 1 to 60, the template is rendered at that rate. `aspect`, or
    `width` and `height`, must be the template's shape unless `fit` says otherwise: `pad` puts black
    (with alpha: clear) bars around the picture, `crop` cuts off what sticks out.
    """

    aspect: Aspect | None = None
    width: Side | None = None
    height: Side | None = None
    fit: Fit = "exact"
    fps: Fps | None = None
    quality: Quality = "standard"
    container: Container = "mp4"
    codec: Codec | None = Field(default=None, description="h264 or h265 in mp4; else leave it out")
    alpha: bool = False

    @property
    def format(self) -> Format:
        """Give what the container carries."""
        return FORMATS[self.container]

    @property
    def coded_as(self) -> Codec:
        """Give the codec that was named, or the container's own."""
        return self.codec or self.format.codecs[0]


def even(side: int) -> int:
    """Round a side down to an even number, at least 2."""
    return max(2, side - side % 2)
