"""What admins ask and see of a node's health: its series, its crashes, its cache."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.wire.base import Count, Md5, Message, Page, SizeBytes, Text, Time

RecoveryAction = Literal["requeue", "recycle", "quarantine", "person"]


class NodeQuarantine(Message):
    """POST /v1/nodes/{id}/quarantine: say why, for whoever looks at the node next."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class HealthQuery(Message):
    """Ask for a stretch of time, by default the last six hours, in steps of whole minutes."""

    begin: Annotated[Time | None, Field(alias="from")] = None
    end: Annotated[Time | None, Field(alias="to")] = None
    step: Annotated[int, Field(ge=60, le=86_400, multiple_of=60)] = 300


class HealthPoint(Message):
    """Be one step: means of CPU (0-100) and memory, the least free disk, the most tasks at once."""

    at: Time
    samples: Count
    cpu_percent: float | None
    memory_used_bytes: SizeBytes | None
    disk_free_bytes: SizeBytes | None
    tasks_running: Count | None


class HealthSeries(Message):
    """Be a node's health over time, oldest first; steps without a sample are left out."""

    step_s: Count
    data: tuple[HealthPoint, ...]


class NodeCrash(Message):
    """Describe a crash on a node, and what was done about the node.

    `recovered_at` is when an attempt that the node began later had succeeded.
    """

    id: int
    at: Time
    kind: Literal["engine", "agent", "machine"]
    crash_class: Text | None
    exit_code: int | None
    frame: Count | None
    memory_bytes: SizeBytes | None
    task_id: int | None
    attempt: Count | None
    signature: Text
    message: Text
    last_lines: tuple[Text, ...]
    recovery: RecoveryAction | None
    recovered_at: Time | None


class NodeCrashPage(Message):
    """Be one page of a node's crashes, newest first."""

    data: tuple[NodeCrash, ...]
    meta: Page


class NodeBundle(Message):
    """Name one bundle in a node's cache."""

    md5: Md5
    size_bytes: SizeBytes
    cached_at: Time
    last_used_at: Time


class NodeCachePage(Message):
    """Be one page of a node's cache, the last used first."""

    data: tuple[NodeBundle, ...]
    meta: Page
