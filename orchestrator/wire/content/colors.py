"""Shared colours, controls, scene colours and colour presets of a project."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import Key, Message, Page, Text
from orchestrator.wire.content.editor import EditedColor, EditorRow, Position, Title
from orchestrator.wire.content.scenes import Options

ControlValue = Annotated[int, Field(ge=0, le=3)]
PresetTitle = Annotated[Text, Field(min_length=1, max_length=200)]
PresetColors = Annotated[dict[Key, EditedColor], Field(max_length=500)]


class SharedColorPatch(Message):
    """PATCH /v1/shared-colors/{id}: what is given becomes yours; an import keeps it."""

    title: Title = ""
    position: Position = 0
    value: EditedColor = "#000000"


class SharedColorCreate(SharedColorPatch):
    """POST /v1/projects/{id}/shared-colors: a colour that no scan has found yet."""

    key: Key


class SharedColor(EditorRow):
    """Describe a colour that all scenes share."""

    key: Text
    title: Text
    value: Text


class SharedColorPage(Message):
    """Be one page of shared colours, in their order."""

    data: tuple[SharedColor, ...]
    meta: Page


class SharedControlPatch(Message):
    """PATCH /v1/shared-controls/{id}: what is given becomes yours; `options` name its values."""

    title: Title = ""
    position: Position = 0
    value: ControlValue = 0
    options: Options = ()


class SharedControlCreate(SharedControlPatch):
    """POST /v1/projects/{id}/shared-controls: a control that no scan has found yet."""

    key: Key


class SharedControl(EditorRow):
    """Describe a switch of 0 to 3 that all scenes share."""

    key: Text
    title: Text
    value: ControlValue
    options: tuple[Text, ...]


class SharedControlPage(Message):
    """Be one page of controls, in their order."""

    data: tuple[SharedControl, ...]
    meta: Page


class SceneColorPatch(Message):
    """PATCH /v1/scene-colors/{id}: what is given becomes yours; an import keeps it."""

    title: Title = ""
    position: Position = 0
    value: EditedColor = "#000000"
    shared_color_id: UUID | None = None


class SceneColorCreate(SceneColorPatch):
    """POST /v1/scenes/{id}/colors: a colour that no scan has found yet."""

    key: Key
    layer: Key
    comp: Title | None = None
    property: Title | None = None


class SceneColor(EditorRow):
    """Describe a colour of one scene; with `shared_color_id` it follows a shared one."""

    scene_id: UUID
    key: Text
    title: Text
    layer: Text
    comp: Text | None
    property: Text | None
    value: Text
    shared_color_id: UUID | None


class SceneColorPage(Message):
    """Be one page of a scene's colours, in their order."""

    data: tuple[SceneColor, ...]
    meta: Page


class ColorPresetPatch(Message):
    """PATCH /v1/color-presets/{id}: change its title, its colours (all of them) or its place."""

    title: PresetTitle = "-"
    position: Position = 0
    colors: PresetColors = {}


class ColorPresetCreate(Message):
    """POST /v1/projects/{id}/color-presets: a set of values for the shared colours."""

    title: PresetTitle
    colors: PresetColors
    position: Position = 0


class ColorPreset(EditorRow):
    """Describe a colour preset: shared colour key to #rrggbb."""

    title: Text
    colors: dict[Text, Text]


class ColorPresetPage(Message):
    """Be one page of colour presets, in their order."""

    data: tuple[ColorPreset, ...]
    meta: Page
