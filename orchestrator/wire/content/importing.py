"""The importer's messages: what a scan would change in a project, and what of it is wanted."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from orchestrator.wire.base import Count, FieldProblem, Message, Sha256, Text, Time

ImportKind = Literal["scene", "element", "scene_color", "shared_color", "control"]
ImportAction = Literal["added", "changed", "revived", "removed", "unchanged"]


class ImportSource(Message):
    """POST /v1/projects/{id}/scan/preview: a full scan by its id; without one the latest scan."""

    scan_id: UUID | None = None


class ImportField(Message):
    """Be one field that the scan has otherwise; where a person `edited` it, `old` stays."""

    name: Text
    old: JsonValue
    new: JsonValue
    edited: bool


class ImportChange(Message):
    """Be what the scan means for one row; kind, scene and key name it in `picks`."""

    action: ImportAction
    kind: ImportKind
    scene: Text | None
    key: Text
    id: UUID | None
    fields: tuple[ImportField, ...]


class ImportCounts(Message):
    """Count changes by what they are."""

    added: Count = 0
    changed: Count = 0
    revived: Count = 0
    removed: Count = 0
    unchanged: Count = 0


class ImportPreview(Message):
    """Be a diff to review; `version` names it and is handed back to apply exactly this one.

    `removed` are orphans: rows that the scan lacks; they stay unless asked otherwise. `skipped`
    is what the scan found and cannot be imported.
    """

    version: Sha256
    engine: Literal["quick", "full"]
    scanned_at: Time
    counts: ImportCounts
    changes: tuple[ImportChange, ...]
    skipped: tuple[FieldProblem, ...]


class ImportPick(Message):
    """Name one change of the diff.

    What a person edited stays theirs, but for the fields that `take` names: these are the
    template's again.
    """

    kind: ImportKind
    scene: Text | None = None
    key: Text
    take: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


class ImportApply(Message):
    """POST /v1/projects/{id}/scan/apply: merge the reviewed diff.

    Without `picks` everything is done but removals; an orphan is removed when it is picked itself
    or `remove_orphans` asks for all.
    """

    version: Sha256
    scan_id: UUID | None = None
    picks: Annotated[tuple[ImportPick, ...], Field(max_length=25_000)] | None = None
    remove_orphans: bool = False


class ImportApplied(Message):
    """Count what was done; `version` is that of the diff that is left."""

    version: Sha256
    counts: ImportCounts
