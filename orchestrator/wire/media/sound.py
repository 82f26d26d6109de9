"""The sound of a render: the client's tracks, the template's own, and how they are mixed.

Every track begins with the comp's first frame. The mix is as long as the video to the sample, and a
limiter keeps its true peak below -1 dBTP; what is quieter passes unchanged.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import Message, RelativePath

Volume = Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]
FadeSeconds = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]
Loudness = Annotated[float, Field(ge=-40, le=-9, allow_inf_nan=False)]


class _Mixed(Message):
    """Say how a track is mixed; what is None is its kind's own (see `mixed_as`)."""

    volume: Volume = 1.0
    fade_in_s: FadeSeconds | None = None
    fade_out_s: FadeSeconds | None = None
    loop: bool | None = None


class OrderTrack(_Mixed):
    """Add one sound track of the client's; `volume` 1 is as it is.

    Music begins anew until the video ends and fades out over its last two seconds, or its last
    quarter when that is shorter; sound effects and voice-over are heard once and do not fade.
    """

    file_id: UUID


class OrderAudio(Message):
    """Give the client's sound tracks; `template_volume` is the template's own sound.

    `loudness_lufs` brings the whole mix to that loudness (EBU R 128, -14 for most players);
    without it no loudness is changed.
    """

    music: OrderTrack | None = None
    sfx: OrderTrack | None = None
    voiceover: OrderTrack | None = None
    template_volume: Volume = 1.0
    loudness_lufs: Loudness | None = None


class Track(_Mixed):
    """Name one sound of the client's, a path inside the job folder."""

    path: RelativePath


class BindAudio(Message):
    """Hold the client's sound tracks and the volume of the template's own sound."""

    music: Track | None = None
    sfx: Track | None = None
    voiceover: Track | None = None
    template_volume: Volume = 1.0
    loudness_lufs: Loudness | None = None
