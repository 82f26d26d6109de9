"""What all rows of the editor share: origins, pages, resets."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from orchestrator.wire.base import Count, Message, Text

Title = Annotated[Text, Field(max_length=500)]
Position = Annotated[int, Field(ge=0, le=100_000)]
EditedColor = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


class EditorRow(Message):
    """Be what every row carries beside its own fields.

    `origins` says of each field whether the template's scan or a person filled it;
    `template_values` is what the template says where a person says otherwise.
    """

    id: UUID
    project_id: UUID
    position: Count
    deleted: bool
    origins: dict[Text, Literal["scanned", "edited"]]
    template_values: dict[Text, JsonValue]


class ListQuery(Message):
    """Hold the query of a list of rows; `deleted` lists the deleted ones instead."""

    cursor: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    deleted: bool = False


class ResetFields(Message):
    """POST .../reset: give edited fields back to the template."""

    fields: Annotated[tuple[Text, ...], Field(min_length=1, max_length=50)]
