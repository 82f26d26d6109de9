"""Scenes and their fields, as who prepares a template edits them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import Key, Message, Page, Text
from orchestrator.wire.bind import FieldKind
from orchestrator.wire.content.editor import EditorRow, Position, Title
from orchestrator.wire.scan import Box

SceneSeconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Options = Annotated[tuple[Annotated[Text, Field(max_length=200)], ...], Field(max_length=200)]
Default = Annotated[Text, Field(max_length=20_000)]


class ScenePatch(Message):
    """PATCH /v1/scenes/{id}: what is given becomes yours; an import keeps it.

    `comp` is the composition that the scene's pictures are drawn from; its fields stay in theirs.
    """

    title: Title = ""
    comp: Title | None = None
    position: Position = 0
    duration_s: SceneSeconds | None = None
    min_s: SceneSeconds | None = None
    max_s: SceneSeconds | None = None
    overlap_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0.0
    poster_file_id: UUID | None = None


class SceneCreate(ScenePatch):
    """POST /v1/projects/{id}/scenes: a scene that no scan has found yet."""

    key: Key


class Scene(EditorRow):
    """Describe a scene; `snapshot_url` is its newest picture without values, if one was drawn."""

    key: Text
    title: Text
    comp: Text | None
    duration_s: float | None
    min_s: float | None
    max_s: float | None
    overlap_s: float
    poster_file_id: UUID | None
    snapshot_url: Text | None = None


class ScenePage(Message):
    """Be one page of scenes, in their order."""

    data: tuple[Scene, ...]
    meta: Page


class ElementPatch(Message):
    """PATCH /v1/scene-elements/{id}: what is given becomes yours; an import keeps it."""

    kind: FieldKind = "text"
    title: Title = ""
    position: Position = 0
    default_value: Default | None = None
    required: bool = False
    options: Options = ()
    length_max: Annotated[int, Field(ge=1, le=20_000)] | None = None
    direction: Literal["rtl", "ltr"] | None = None


class ElementCreate(ElementPatch):
    """POST /v1/scenes/{id}/elements: a field that no scan has found yet."""

    key: Key
    layer: Key
    comp: Title | None = None
    property: Title | None = None


class Element(EditorRow):
    """Describe a field of a scene."""

    scene_id: UUID
    key: Text
    kind: FieldKind
    title: Text
    layer: Text
    comp: Text | None
    property: Text | None
    default_value: Text | None
    required: bool
    options: tuple[Text, ...]
    length_max: int | None
    direction: Literal["rtl", "ltr"] | None
    composer: Literal["universal", "latin"] | None
    digit_set: Text | None
    font: Text | None
    font_size: float | None
    box: Box | None


class ElementPage(Message):
    """Be one page of a scene's fields, in their order."""

    data: tuple[Element, ...]
    meta: Page
