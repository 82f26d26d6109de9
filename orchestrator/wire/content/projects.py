"""What authors change about a project as a whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from orchestrator.wire.base import Message, Name, Side
from orchestrator.wire.resources import ProjectState

Aspect = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}:[1-9][0-9]{0,3}$")]


class ProjectPatch(Message):
    """PATCH /v1/projects/{id}: rename, publish, archive."""

    name: Name | None = None
    state: ProjectState | None = None


class ProjectDuplicate(Message):
    """POST /v1/projects/{id}/duplicate: the same template for pictures of another shape.

    Give an aspect, or a width and a height, from which the aspect follows.
    """

    name: Name | None = None
    aspect: Aspect | None = None
    width: Side | None = None
    height: Side | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> ProjectDuplicate:
        if (self.width is None) != (self.height is None):
            raise ValueError("give width and height together")
        if (self.aspect is None) == (self.width is None):
            raise ValueError("give either aspect, or width and height")
        return self
