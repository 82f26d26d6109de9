"""Light pictures of a project: traced to SVG, recoloured by the keys of its shared colours."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import Key, Message, Page, Text, Time
from orchestrator.wire.content.editor import EditedColor


class SvgPreviewCreate(Message):
    """POST /v1/projects/{id}/svg-previews: trace a picture that /v1/files took before.

    `colors` is the most that the picture is reduced to; each shows the nearest colour of the
    project, or of the scene, at first.
    """

    file_id: UUID
    scene_key: Key | None = None
    colors: Annotated[int, Field(ge=2, le=32)] = 8


class SvgFill(Message):
    """Be one colour of the picture: `share` of its area, `key` of the colour that it shows.

    That is a shared colour, or one of the picture's own scene where no shared one has the key.
    """

    fill: EditedColor
    share: float
    key: Text | None


class SvgPreview(Message):
    """Describe a traced picture; its SVG is at /v1/svg-previews/{id}/picture."""

    id: UUID
    project_id: UUID
    scene_key: Text | None
    source_file_id: UUID
    fills: tuple[SvgFill, ...]
    created_at: Time


class SvgPreviewPage(Message):
    """Be one page of traced pictures, newest first."""

    data: tuple[SvgPreview, ...]
    meta: Page


class SvgPreviewPatch(Message):
    """PATCH /v1/svg-previews/{id}: say which fill shows which shared colour; null for none."""

    keys: Annotated[dict[EditedColor, Key | None], Field(max_length=64)]


class SvgQuery(Message):
    """Choose the colours of a picture: those of a preset, then `colors` (key:rrggbb,...)."""

    preset_id: UUID | None = None
    colors: Annotated[Text, Field(min_length=1, max_length=500)] | None = None
