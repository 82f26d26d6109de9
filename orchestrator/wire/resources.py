"""What clients and admins send and see beside renders: projects, files, keys, nodes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.agent import Capabilities, HealthSample, Platform
from orchestrator.wire.base import (
    Count,
    FieldProblem,
    Fps,
    Md5,
    Message,
    Name,
    Page,
    Sha256,
    SizeBytes,
    Text,
    Time,
)
from orchestrator.wire.bind import Mode

Scope = Literal["render", "template", "operator", "admin"]
ProjectState = Literal["draft", "published", "archived"]
NodeState = Literal["registered", "online", "draining", "offline", "quarantined", "retired"]
RecoveryAction = Literal["requeue", "recycle", "quarantine", "person"]


class ProjectCreate(Message):
    """POST /v1/projects: make an empty template project."""

    name: Name
    aspect: Literal["16:9", "1:1", "9:16", "4:5"] = "16:9"
    mode: Mode | None = None


class BundleInfo(Message):
    """Describe a project's uploaded bundle: `fonts` are paths of font files inside it.

    `problems` is what a look at the project found, such as footage that the bundle lacks.
    """

    md5: Md5
    sha256: Sha256
    size_bytes: SizeBytes
    is_bundle: bool
    aep_path: Text
    files: Count
    fonts: tuple[Text, ...] = ()
    problems: tuple[FieldProblem, ...] = ()
    uploaded_at: Time


class Project(Message):
    """Describe a template project."""

    id: UUID
    name: Name
    state: ProjectState = "draft"
    template_id: UUID | None = None
    aspect: Text
    mode: Mode | None
    convention_version: Count
    bundle: BundleInfo | None
    width: Count | None = None
    height: Count | None = None
    fps: Fps | None = None
    scanned_at: Time | None = None
    created_at: Time


class ProjectPage(Message):
    """Be one page of projects, newest first."""

    data: tuple[Project, ...]
    meta: Page


class FileInfo(Message):
    """Describe one file that a client sent, as it was made safe; a video as it came."""

    id: UUID
    name: Name
    kind: Literal["image", "audio", "video"]
    content_type: Text
    size_bytes: SizeBytes
    sha256: Sha256
    width: Count | None = None
    height: Count | None = None
    duration_s: float | None = None
    created_at: Time


class KeyCreate(Message):
    """POST /v1/api-keys: make an API key of the caller's tenant."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=4)]
    expires_at: Time | None = None


class KeyInfo(Message):
    """Describe an API key; the secret is never shown again."""

    id: UUID
    name: Name
    prefix: Text
    scopes: tuple[Scope, ...]
    created_at: Time
    expires_at: Time | None = None
    last_used_at: Time | None = None
    revoked_at: Time | None = None


class KeyCreated(Message):
    """Show a new API key, once."""

    key: KeyInfo
    secret: Text


class KeyPage(Message):
    """Be one page of the API keys of the caller's tenant, newest first."""

    data: tuple[KeyInfo, ...]
    meta: Page


class EnrolmentCreate(Message):
    """POST /v1/nodes/enrolments: make a one-time token for a new node."""

    ttl_s: Annotated[int, Field(ge=60, le=3600)] = 900


class EnrolmentCreated(Message):
    """Show an enrolment token, once."""

    enrolment_token: Text
    expires_at: Time


class Node(Message):
    """Describe one node as an admin sees it."""

    id: UUID
    name: Name
    state: NodeState
    state_reason: Text | None = None
    probe_at: Time | None = None
    conditions: tuple[Text, ...] = ()
    platform: Platform | None
    agent_version: Text | None
    capabilities: Capabilities | None
    sample: HealthSample | None
    slots: Count
    leases: Count
    clock_offset_s: float | None = None
    last_seen_at: Time | None = None
    created_at: Time


class NodePage(Message):
    """Be one page of nodes, by name."""

    data: tuple[Node, ...]
    meta: Page


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
    job_id: UUID | None = None
    signature: Text
    message: Text
    last_lines: tuple[Text, ...]
    screenshot_url: Text | None = None
    """A picture of the node's screen, time-limited; it goes when its job is cleared."""
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


class Health(Message):
    """Be the answer of /healthz and /readyz; `checks` names what is not ready and why.

    `warnings` names what somebody must see to while the server works on: a full disk takes no
    uploads, and gives downloads.
    """

    ok: bool
    version: Text
    checks: dict[str, Text] = {}
    warnings: dict[str, Text] = {}


class QuickScanQuery(Message):
    """Hold the query of a quick scan."""

    mode: Mode | None = None


class UsageDay(Message):
    """Tell what a tenant used on one day in UTC.

    `jobs_failed` counts renders that ended failed on that day and stand so; all else is counted
    when a render is done: frames, length and size of what was published, time that nodes worked on
    it, and its cost units.
    """

    day: date
    jobs_done: Count
    jobs_failed: Count
    frames: int
    output_s: float
    output_bytes: SizeBytes
    node_s: float
    cost_units: float


class UsageList(Message):
    """Be the days on which something was used, the newest first, all on one page."""

    data: tuple[UsageDay, ...]
    meta: Page = Page()


class UsageQuery(Message):
    """Hold the query of a tenant's usage: so many days, today's the last."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
