"""The failure classes: what a failed attempt says of its cause, and whom it counts against."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.wire.base import Message, Name, Text
from orchestrator.wire.frames import FrameRanges


class FailureClass(StrEnum):
    """Tell whose fault a failure is; the server decides blame and retry by it."""

    NODE = "node"
    TEMPLATE = "template"
    ASSET = "asset"
    LICENCE = "licence"
    VALUES = "values"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"


NODE_BLAMED = frozenset({FailureClass.NODE, FailureClass.LICENCE})
"""Classes that count against the node and not against the task."""

FINAL = frozenset({FailureClass.TEMPLATE, FailureClass.ASSET, FailureClass.VALUES})
"""Classes that another try cannot mend: the task fails at once."""


class Failure(Message):
    """Say why an attempt failed: class, stable code, a sentence, and the line that shows it.

    `frames` names those that are missing or damaged; they are made again where that is possible.
    """

    failure_class: FailureClass
    code: Name
    message: Annotated[Text, Field(max_length=4000)]
    line: Annotated[Text, Field(max_length=4000)] | None = None
    stage: Annotated[Text, Field(max_length=40)] | None = None
    frame: int | None = None
    frames: FrameRanges | None = None
