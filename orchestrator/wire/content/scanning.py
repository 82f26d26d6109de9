"""Full scans as jobs: what a client asks for, and what it is told while a node scans."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from orchestrator.wire.base import Count, EngineKind, Md5, Message, Page, Seconds, Text, Time
from orchestrator.wire.bind import Mode
from orchestrator.wire.scan import ScanResult

ScanState = Literal[
    "queued", "leased", "running", "succeeded", "failed", "cancelled", "quarantined"
]
ScanPhase = Literal["waiting", "launching", "opening", "reading", "ended"]


class ScanOrder(Message):
    """POST /v1/template-scans: have a node scan the project's template in its engine.

    Without `mode` the project's own counts, else it is detected.
    """

    project_id: UUID
    mode: Mode | None = None
    engine: EngineKind = "aftereffects"


class ScanFailure(Message):
    """Say why a scan ended without a result, and what to do."""

    code: Text
    message: Text


class ScanJob(Message):
    """Describe one full scan.

    `elapsed_s` counts from the moment that it was asked for until it ended, or until now;
    `phase` tells what the node does, `node_name` is the node of its last attempt. `waits_for` says
    why nobody does it yet. `result` comes with a single scan that succeeded, never in lists.
    """

    id: UUID
    project_id: UUID
    engine: EngineKind
    mode: Mode | None
    state: ScanState
    phase: ScanPhase
    elapsed_s: Seconds
    attempt: Count
    node_name: Text | None
    bundle_md5: Md5 | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    failure: ScanFailure | None = None
    waits_for: Text | None = None
    result: ScanResult | None = None


class ScanJobPage(Message):
    """List scans, newest first."""

    data: tuple[ScanJob, ...]
    meta: Page
