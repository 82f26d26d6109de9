"""Fonts of tenants: what an upload became, and which nodes have it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import Message, Page, Sha256, SizeBytes, Text, Time

FontFormat = Literal["ttf", "otf", "ttc"]
FontState = Literal["pending", "installed", "failed"]


class Font(Message):
    """Describe one uploaded font file; templates name fonts by `names`."""

    id: UUID
    postscript_name: Text
    names: tuple[Text, ...]
    family: Text
    style: Text
    format: FontFormat
    size_bytes: SizeBytes
    sha256: Sha256
    created_at: Time


class FontPage(Message):
    """List fonts, newest first."""

    data: tuple[Font, ...]
    meta: Page


class FontNode(Message):
    """Say whether one node has a font; `pending` until a task that needs it goes there."""

    node_id: UUID
    node_name: Text
    state: FontState
    message: Text | None = None
    seen_at: Time | None = None


class FontNodes(Message):
    """List the nodes of the farm and what each has of one font."""

    data: tuple[FontNode, ...]
    meta: Page = Page()


class NodeFont(Message):
    """Be one font file as a node tells of it; `message` says why it could not be installed."""

    sha256: Sha256
    state: Literal["installed", "failed"]
    message: Annotated[Text, Field(max_length=500)] | None = None


class NodeFontsReport(Message):
    """POST /v1/agent/fonts: tell what became of fonts that tasks brought."""

    fonts: Annotated[tuple[NodeFont, ...], Field(min_length=1, max_length=200)]
