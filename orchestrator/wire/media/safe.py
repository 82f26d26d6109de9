"""How a node makes a client's pictures and videos fit for the engine before it uses them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.wire.base import Fps, Message, RelativePath

Limit = Annotated[int, Field(ge=1, le=32_768)]


VideoForm = Literal["mov", "matroska", "avi", "mpeg"]


class MediaRule(Message):
    """Bound one file of the job folder: twice the largest place it is shown in, the comp's rate.

    A side of None is not bounded. `form` is what a video was told to be by its first bytes, the one
    reader that may open it; without `fps` it keeps its own rate.
    """

    path: RelativePath
    kind: Literal["image", "video"]
    width_max: Limit | None = None
    height_max: Limit | None = None
    form: VideoForm | None = None
    fps: Fps | None = None
