"""A farm in a test: real database and storage, the use cases, nodes that speak without HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from orchestrator.deps import Deps
from orchestrator.ids import new_id
from orchestrator.in_force import InForce
from orchestrator.loops.wakeups import Wakeups
from orchestrator.secrets import Secrets
from orchestrator.settings import Settings
from orchestrator.storage.local import LocalStore
from orchestrator.store.pool import Database
from orchestrator.usecases.agents.heartbeat import heartbeat
from orchestrator.usecases.agents.register import register
from orchestrator.usecases.tasks import claim as claiming
from orchestrator.usecases.tasks import fence, frames, progress, result
from orchestrator.usecases.tasks.plan import PlannedJob, enqueue_plan
from orchestrator.wire.agent import (
    Capabilities,
    ClaimRequest,
    EngineInfo,
    HealthSample,
    HeartbeatAnswer,
    HeartbeatRequest,
    HeldLease,
    LeaseRef,
    RegisterAnswer,
    RegisterRequest,
)
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.frames import count, each, parse
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.skills import SKILLS
from orchestrator.wire.renders import StageProgress
from orchestrator.wire.tasks import (
    FrameResult,
    FramesReport,
    Grant,
    Output,
    ProgressReport,
    ResultAnswer,
    ResultReport,
)

TENANT = UUID("00000000-0000-0000-0000-000000000001")
FPS = Fps(num=25)
PREVIEW = EngineInfo(kind="preview", version="1.0", major=1)
ABLE = Capabilities(engines=(PREVIEW,), skills=SKILLS, cores=2, memory_bytes=2**33)
SAMPLE = HealthSample(
    cpu_percent=10,
    memory_used_bytes=1,
    memory_total_bytes=2,
    disk_free_bytes=3,
    disk_total_bytes=4,
)
NO_FRAME = hashlib.sha256(b"").hexdigest()


@dataclass
class Farm:
    """Hold what a test needs: the dependencies, and a plain connection to look with."""

    deps: Deps
    look: asyncpg.Connection[Any]
    bundle_id: int = 0

    async def job(
        self,
        frames_text: str = "0-9",
        *,
        plan: str = "single",
        priority: int = 50,
        tenant: UUID = TENANT,
        due_in_s: float | None = None,
        output: OutputSpec | None = None,
    ) -> UUID:
        """Insert a job and its tasks, as ordering one does."""
        job_id, project_id = new_id(), uuid4()
        spans = parse(frames_text)
        await self.look.execute(
            "INSERT INTO render.render_jobs (id, tenant_id, project_id, plan, engine, request,"
            " bundle_id, comp, width, height, fps_num, fps_den, frame_first, frames_total,"
            " deadline_at) VALUES ($1, $2, $3, $4, 'preview', '{}', $5, 'main', 320, 180, 25, 1,"
            " $6, $7, now() + make_interval(secs => $8))",
            job_id,
            tenant,
            project_id,
            plan,
            self.bundle_id,
            spans[0][0],
            count(spans),
            due_in_s,
        )
        planned = PlannedJob(
            job_id=job_id,
            tenant_id=tenant,
            project_id=project_id,
            bundle_id=self.bundle_id,
            engine="preview",
            plan=plan,  # type: ignore[arg-type]
            priority=priority,
            bind=BindSpec(mode="free", comp="main"),
            frames=spans,
            fps=FPS,
            width=320,
            height=180,
            output=output or OutputSpec(),
        )
        async with self.deps.db.transaction() as session:
            await enqueue_plan(session, planned)
        return job_id

    async def node(
        self, name: str | None = None, *, slots: int = 1, able: Capabilities = ABLE
    ) -> Agent:
        """Enrol a node and register its agent."""
        node_id = new_id()
        await self.look.execute(
            "INSERT INTO render.nodes (id, name, platform) VALUES ($1, $2, 'linux')",
            node_id,
            name or f"node-{node_id}",
        )
        agent = Agent(self, node_id, slots=slots, able=able)
        await agent.register()
        return agent

    async def job_state(self, job_id: UUID) -> str:
        """Read a job's state."""
        return str(
            await self.look.fetchval("SELECT state FROM render.render_jobs WHERE id = $1", job_id)
        )

    async def task(self, task_id: int) -> asyncpg.Record:
        """Read a task's row."""
        row: asyncpg.Record | None = await self.look.fetchrow(
            "SELECT * FROM render.tasks WHERE id = $1", task_id
        )
        assert row is not None
        return row

    async def events(self, job_id: UUID, kind: str = "state") -> list[str]:
        """Read the states, or other payloads, of a job's stream."""
        rows = await self.look.fetch(
            "SELECT payload ->> 'state' AS state FROM render.job_events"
            " WHERE job_id = $1 AND type = $2 ORDER BY id",
            job_id,
            kind,
        )
        return [row["state"] for row in rows]

    async def age_sessions(self, seconds: float, *agents: Agent) -> None:
        """Let time pass for sessions: as if they had been renewed so much earlier."""
        await self.look.execute(
            "UPDATE render.node_sessions SET renewed_at = renewed_at - make_interval(secs => $1),"
            " opened_at = opened_at - make_interval(secs => $1),"
            " deadline_at = deadline_at - make_interval(secs => $1)"
            " WHERE node_id = ANY($2)",
            seconds,
            [agent.node_id for agent in agents],
        )
        await self.look.execute(
            "UPDATE render.nodes SET last_seen_at = last_seen_at - make_interval(secs => $1)"
            " WHERE id = ANY($2)",
            seconds,
            [agent.node_id for agent in agents],
        )

    async def end_grace(self) -> None:
        """Let the last sweep be a moment ago, with no grace and no hold."""
        await self.look.execute(
            "UPDATE render.reaper_sweeps SET swept_at = now(), grace_until = NULL,"
            " held_until = NULL"
        )


@dataclass
class Agent:
    """Speak as a node."""

    farm: Farm
    node_id: UUID
    slots: int = 1
    session_id: UUID = field(default_factory=uuid4)
    able: Capabilities = ABLE

    async def register(self, *held: Grant) -> RegisterAnswer:
        """Start a session, offering leases."""
        answer = await register(
            self.farm.deps,
            self.node_id,
            RegisterRequest(
                instance_id=uuid4(),
                name="n",
                platform="linux",
                agent_version="1",
                capabilities=self.able,
                slots=self.slots,
                held=tuple(_held(grant) for grant in held),
            ),
        )
        self.session_id = answer.session_id
        return answer

    async def claim(
        self,
        slots: int = 1,
        *,
        request_id: UUID | None = None,
        wait_s: float = 0,
        bundles: tuple[str, ...] = (),
    ) -> tuple[Grant, ...]:
        """Ask for work."""
        request = ClaimRequest(
            request_id=request_id or uuid4(),
            session_id=self.session_id,
            slots=slots,
            wait_s=wait_s,
            bundles=bundles,
        )
        return (await claiming.claim(self.farm.deps, self.node_id, request)).grants

    async def beat(self, *held: Grant) -> HeartbeatAnswer:
        """Send a sign of life that lists leases."""
        request = HeartbeatRequest(
            session_id=self.session_id,
            agent_version="1",
            clock=datetime.now(UTC),
            sample=SAMPLE,
            leases=tuple(_held(grant) for grant in held),
        )
        return await heartbeat(self.farm.deps, self.node_id, request, datetime.now(UTC))

    def claimed(self, grant: Grant) -> fence.Claimed:
        """Say which lease a report is about."""
        return fence.claimed(self.node_id, grant.task_id, grant.attempt, grant.token)

    async def progress(self, grant: Grant, stage: str, done: int, total: int) -> None:
        """Report how far a stage is."""
        one = StageProgress(stage=stage, done=done, total=total)  # type: ignore[arg-type]
        report = ProgressReport(token=grant.token, stages=(one,))
        await progress.progress(self.farm.deps, self.claimed(grant), report)

    async def frames(
        self, grant: Grant, text: str, *, upload: bool = False, ending: str = "png"
    ) -> None:
        """Report frames as finished."""
        prefix = fence.object_prefix(grant.job_id, self.claimed(grant))
        batch = tuple(
            FrameResult(
                frame=frame,
                sha256=digest_of(frame),
                size_bytes=1,
                key=f"{prefix}frames/{frame:05d}.{ending}" if upload else None,
            )
            for frame in each(parse(text))
        )
        report = FramesReport(token=grant.token, frames=batch)
        await frames.record(self.farm.deps, self.claimed(grant), report)

    async def upload(self, grant: Grant, kind: str, name: str, frames_count: int) -> Output:
        """Put an output into storage and describe it."""
        key = fence.object_prefix(grant.job_id, self.claimed(grant)) + name
        stored = await self.farm.deps.objects.put(key, _bytes(name), max_bytes=1000)
        return Output(
            kind=kind,  # type: ignore[arg-type]
            key=key,
            content_type="application/octet-stream",
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            width=320,
            height=180,
            frames=frames_count,
            fps=FPS,
            duration_s=frames_count / 25,
            has_audio=True,
        )

    async def succeed(
        self,
        grant: Grant,
        *outputs: Output,
        frames_done: str = "",
        engine_version: str | None = None,
        hashes: str = NO_FRAME,
    ) -> ResultAnswer:
        """Report success."""
        report = ResultReport(
            token=grant.token,
            outcome="succeeded",
            outputs=outputs,
            frames_done=frames_done,
            frames_sha256=hashes if grant.spec.kind != "export" or hashes != NO_FRAME else None,
            engine_version=engine_version,
        )
        return await result.result(self.farm.deps, self.claimed(grant), report)

    async def render(self, grant: Grant, frames_done: str = "0-9") -> ResultAnswer:
        """Do a whole render task as far as the server sees it."""
        video = await self.upload(grant, "video", "video.mp4", count(parse(frames_done)))
        return await self.succeed(grant, video, frames_done=frames_done)

    async def fail(
        self, grant: Grant, failure_class: FailureClass = FailureClass.UNKNOWN
    ) -> ResultAnswer:
        """Report a failure."""
        failure = Failure(failure_class=failure_class, code="broken", message="It broke.")
        report = ResultReport(token=grant.token, outcome="failed", failure=failure)
        return await result.result(self.farm.deps, self.claimed(grant), report)

    async def interrupt(self, grant: Grant, *, agent_died: bool = False) -> ResultAnswer:
        """Hand the work back, perhaps for an agent that died."""
        report = ResultReport(token=grant.token, outcome="interrupted", agent_died=agent_died)
        return await result.result(self.farm.deps, self.claimed(grant), report)


def digest_of(frame: int) -> str:
    """Give the hash that `Agent.frames` reports of a frame."""
    return hashlib.sha256(b"%d" % frame).hexdigest()


def refs(*grants: Grant) -> tuple[LeaseRef, ...]:
    """Name leases."""
    return tuple(LeaseRef(task_id=one.task_id, attempt=one.attempt) for one in grants)


def _held(grant: Grant) -> HeldLease:
    return HeldLease(task_id=grant.task_id, attempt=grant.attempt, token=grant.token)


async def _bytes(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


@asynccontextmanager
async def open_farm(dsn: str, folder: Path, **settings: Any) -> AsyncIterator[Farm]:
    """Open a farm on a migrated database."""
    db = await Database.open(dsn, size=10, statement_timeout_s=15)
    look = await asyncpg.connect(dsn)
    secrets = Secrets(b"k" * 32)
    deps = Deps(
        in_force=InForce(Settings(data_dir=folder, **settings)),
        db=db,
        objects=LocalStore(folder / "objects", secrets.url_key),
        secrets=secrets,
        wakeups=Wakeups(db),
    )
    bundle_id = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (repeat('a', 32), repeat('b', 64), 'zip', 1, 'templates/t/b/bundle.zip', 'a.aep')"
        " RETURNING bundle_id"
    )
    try:
        yield Farm(deps, look, bundle_id)
    finally:
        await look.close()
        await db.close()
