"""Uploads in parts: to the server, or by signed addresses to the storage itself."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import (
    Count,
    FieldProblem,
    Md5,
    Message,
    Name,
    Sha256,
    SizeBytes,
    Text,
    Time,
)
from orchestrator.wire.resources import FileInfo, Project

MIB = 2**20
MOST_PARTS = 10_000
PartNumber = Annotated[int, Field(ge=1, le=MOST_PARTS)]
UploadMethod = Literal["resumable", "presigned"]


class UploadCreate(Message):
    """POST /v1/uploads: announce the template of a project, or without `project_id` a file.

    All parts but the last have `part_size_bytes`; without it the server chooses.
    """

    project_id: UUID | None = None
    name: Name = "file"
    size_bytes: Annotated[int, Field(ge=1, le=2**53)]
    sha256: Sha256
    md5: Md5 | None = None
    method: UploadMethod = "resumable"
    part_size_bytes: Annotated[int, Field(ge=64 * 1024, le=5 * 1024 * MIB)] | None = None


class Upload(Message):
    """Describe an upload: send the parts that are not in `parts_received`, then complete it."""

    id: UUID
    state: Literal["open", "completed", "refused", "aborted", "expired"]
    method: UploadMethod
    project_id: UUID | None
    file_id: UUID | None
    name: Name
    size_bytes: SizeBytes
    sha256: Sha256
    part_size_bytes: SizeBytes
    parts_total: Count
    parts_received: Text
    """Numbers of the stored parts, such as `1-4,7`."""
    received_bytes: SizeBytes
    refusal: FieldProblem | None = None
    created_at: Time
    expires_at: Time


class UploadPartQuery(Message):
    """Hold the query of a part: its hash, when the sender wants it checked."""

    sha256: Sha256 | None = None


class UploadPart(Message):
    """Describe one stored part."""

    number: PartNumber
    size_bytes: SizeBytes
    sha256: Sha256


class UploadPartAsked(Message):
    """Announce one part that will be put into the storage itself."""

    number: PartNumber
    sha256: Sha256


class UploadAddressesAsk(Message):
    """POST /v1/uploads/{id}/addresses: ask where to PUT parts of a presigned upload."""

    parts: Annotated[tuple[UploadPartAsked, ...], Field(max_length=1000)] = ()


class UploadAddress(Message):
    """Say where one part goes: a PUT with these headers; `url` may be relative to the API's."""

    number: PartNumber
    size_bytes: SizeBytes
    url: Text
    headers: dict[str, str]


class UploadAddresses(Message):
    """Give the addresses in the order asked."""

    data: tuple[UploadAddress, ...]
    expires_in_s: Count


class UploadDone(Message):
    """Be a completed upload, and what it became."""

    upload: Upload
    project: Project | None = None
    file: FileInfo | None = None


class StorageUse(Message):
    """Say how much the caller's tenant stores and may store; null is no limit."""

    bytes_used: SizeBytes
    bytes_max: SizeBytes | None
    files_used: Count
    files_max: Count | None
    file_bytes_max: SizeBytes | None
