"""What a node agent and the orchestrator say to each other about the node and its leases.

Paths begin with /v1/agent. Every call but `enrol` is signed (see wire/signing.py). Every call about
a task carries task and attempt in its path and the token in its body.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import (
    Count,
    EngineKind,
    Md5,
    Message,
    Name,
    Seconds,
    SizeBytes,
    TaskKind,
    Text,
    Time,
)

Platform = Literal["windows", "macos", "linux"]
EngineMajor = Annotated[int, Field(ge=1, le=9999)]
Token = Annotated[str, Field(pattern=r"^[0-9a-z]{1,16}\.[0-9a-f]{32}$")]
"""A lease's secret: the restore epoch, a dot, 128 random bits in hex."""


class EnrolRequest(Message):
    """POST /v1/agent/enrol: trade a one-time token for the node's credentials."""

    enrolment_token: Annotated[str, Field(min_length=20, max_length=200)]
    name: Name
    platform: Platform


class EnrolAnswer(Message):
    """Give the node its id and secret; the same request again gives them until it registers."""

    node_id: UUID
    key_version: Annotated[int, Field(ge=1)]
    secret: Annotated[str, Field(min_length=43, max_length=100)]


class EngineInfo(Message):
    """Describe one engine of a node; `version` is Adobe's, or the preview engine's own."""

    kind: EngineKind
    version: Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,4}){0,3}(x\d{1,5})?$")]
    major: EngineMajor
    gpu: bool = False


class Capabilities(Message):
    """Say what a node can do; the server matches tasks' requirements against it.

    `skills` are what its agent knows beyond what the first ones did (wire/media/skills.py).
    """

    engines: Annotated[tuple[EngineInfo, ...], Field(max_length=20)] = ()
    kinds: tuple[TaskKind, ...] = ()
    tags: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    skills: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    cores: Annotated[int, Field(ge=1, le=4096)]
    memory_bytes: SizeBytes
    problems: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


class LeaseRef(Message):
    """Name one lease."""

    task_id: Annotated[int, Field(ge=1, lt=2**63)]
    attempt: Annotated[int, Field(ge=1, lt=2**31)]


class HeldLease(LeaseRef):
    """Offer a lease that the agent holds, proved by its token."""

    token: Token


class RegisterRequest(Message):
    """POST /v1/agent/register: start a session; `held` are leases of an earlier session."""

    instance_id: UUID
    name: Name
    platform: Platform
    agent_version: Name
    capabilities: Capabilities
    slots: Annotated[int, Field(ge=1, le=64)] = 1
    held: Annotated[tuple[HeldLease, ...], Field(max_length=1000)] = ()


class RegisterAnswer(Message):
    """Open a session: its times, the restore epoch, and what became of the held leases."""

    session_id: UUID
    epoch: Annotated[str, Field(pattern=r"^[0-9a-z]{1,16}$")]
    lease_ttl_s: Seconds
    heartbeat_s: Seconds
    server_time: Time
    kept: tuple[LeaseRef, ...] = ()
    lost: tuple[LeaseRef, ...] = ()
    drain: bool = False


class HealthSample(Message):
    """Be one measure of a node; percentages 0-100."""

    cpu_percent: Annotated[float, Field(ge=0, le=100)]
    memory_used_bytes: SizeBytes
    memory_total_bytes: SizeBytes
    disk_free_bytes: SizeBytes
    disk_total_bytes: SizeBytes
    load_1m: Annotated[float, Field(ge=0, le=100_000)] = 0
    engine_rss_bytes: SizeBytes = 0
    uptime_s: Seconds = 0


class CachedBundle(Message):
    """Name one bundle that lies extracted on the node."""

    md5: Md5
    size_bytes: SizeBytes


class HeartbeatRequest(Message):
    """POST /v1/agent/heartbeat: a sign of life that renews every lease it lists."""

    session_id: UUID
    agent_version: Name
    clock: Time
    sample: HealthSample
    leases: Annotated[tuple[HeldLease, ...], Field(max_length=1000)] = ()
    cache_added: Annotated[tuple[CachedBundle, ...], Field(max_length=1000)] = ()
    cache_removed: Annotated[tuple[Md5, ...], Field(max_length=1000)] = ()
    conditions: Annotated[tuple[Name, ...], Field(max_length=20)] = ()


class HeartbeatAnswer(Message):
    """Renew the leases, name those cancelled or lost, and set the agent's times."""

    epoch: Annotated[str, Field(pattern=r"^[0-9a-z]{1,16}$")]
    lease_ttl_s: Seconds
    heartbeat_s: Seconds
    server_time: Time
    cancelled: tuple[LeaseRef, ...] = ()
    lost: tuple[LeaseRef, ...] = ()
    drain: bool = False
    report_s: Annotated[float, Field(gt=0, le=3600)] = 0.5
    """How far apart an attempt's reports of progress and log are at least, its last one aside."""
    settings: dict[str, Text | Count | float | bool] = {}


class CallRequest(Message):
    """POST /v1/agent/calls: held open until the server wants a sign of life at once, or `wait_s`.

    An agent at work keeps one such call open: what was cancelled ends within a second.
    """

    session_id: UUID
    wait_s: Annotated[float, Field(ge=0, le=30)] = 25


class CallAnswer(Message):
    """Tell whether to send a sign of life now; its answer says why."""

    beat: bool


class ClaimRequest(Message):
    """POST /v1/agent/claim: ask for work; held open until there is some or `wait_s` is over."""

    request_id: UUID
    session_id: UUID
    slots: Annotated[int, Field(ge=1, le=64)] = 1
    wait_s: Annotated[float, Field(ge=0, le=30)] = 22
    bundles: Annotated[tuple[Md5, ...], Field(max_length=200)] = ()


class Usual(Message):
    """Say what the phases of this template's runs took before; `frame_s` is the slowest frame's."""

    launch_s: Seconds
    open_s: Seconds
    first_frame_s: Seconds
    frame_s: Seconds
