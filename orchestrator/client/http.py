"""Calls the public API over HTTP: typed in, typed out, one ClientError for all that goes wrong."""

from __future__ import annotations

import io
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import aiohttp

from orchestrator.client.errors import ClientError
from orchestrator.client.patience import patiently
from orchestrator.client.sse import events as sse_events
from orchestrator.client.transport import UPLOAD_TIMEOUT, M, Transport
from orchestrator.client.uploads import send_in_parts
from orchestrator.wire.base import read
from orchestrator.wire.content.scanning import ScanJob, ScanOrder
from orchestrator.wire.content.snapshots import Snapshot, SnapshotList, SnapshotOrder
from orchestrator.wire.content.uploads import UploadDone, UploadPart
from orchestrator.wire.farm.settings import SettingList, SettingsChange
from orchestrator.wire.media.manifest import Manifest
from orchestrator.wire.renders import (
    NEXT_OFFSET,
    AttemptPage,
    JobEvent,
    Render,
    RenderChange,
    RenderOrder,
    RenderPage,
    RepairOrder,
    TaskList,
)
from orchestrator.wire.resources import (
    EnrolmentCreate,
    EnrolmentCreated,
    FileInfo,
    Health,
    Node,
    NodePage,
    NodeQuarantine,
    Project,
    ProjectCreate,
)
from orchestrator.wire.scan import ScanResult
from orchestrator.wire.waiting import WaitReport

_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=90)
PARTS_FROM_BYTES = 16 * 2**20


class FarmClient(Transport):
    """Talk to one orchestrator with one API key; use it as an async context manager.

    Reads, and writes that carry an Idempotency-Key, are tried again while the server is away.
    """

    def __init__(
        self, base_url: str, api_key: str, *, parts_from_bytes: int = PARTS_FROM_BYTES
    ) -> None:
        super().__init__(base_url, api_key)
        self._parts_from_bytes = parts_from_bytes

    async def ready(self) -> Health:
        """Ask /readyz once; ClientError while the server is not ready."""
        return await self._call("GET", "/readyz", Health, tries=1)

    async def create_project(self, name: str) -> Project:
        """Make an empty template project."""
        body = ProjectCreate(name=name)
        return await self._call("POST", "/v1/projects", Project, body)

    async def upload_bundle(self, project_id: UUID, path: Path) -> Project:
        """Send a project's .aep or .zip; a large one in parts, going on where a cut left it."""
        if self._is_large(path):
            project = (await self._in_parts(path, project_id)).project
            assert project is not None
            return project
        return await self._upload(f"/v1/projects/{project_id}/bundle", path, Project)

    async def quick_scan(self, project_id: UUID, mode: str | None = None) -> ScanResult:
        """Read the uploaded template without After Effects."""
        query = f"?mode={mode}" if mode else ""
        return await self._call("POST", f"/v1/template-scans/{project_id}/quick{query}", ScanResult)

    async def order_scan(self, order: ScanOrder) -> ScanJob:
        """Have a node scan the uploaded template in its engine."""
        return await self._call("POST", "/v1/template-scans", ScanJob, order)

    async def scan(self, scan_id: UUID) -> ScanJob:
        """Get one full scan."""
        return await self._call("GET", f"/v1/template-scans/{scan_id}", ScanJob)

    async def order_snapshots(self, project_id: UUID, order: SnapshotOrder) -> SnapshotList:
        """Ask for pictures of a project's scenes."""
        return await self._call("POST", f"/v1/scene-snapshots/{project_id}", SnapshotList, order)

    async def snapshot(self, snapshot_id: UUID) -> Snapshot:
        """Get one picture's state."""
        return await self._call("GET", f"/v1/snapshots/{snapshot_id}", Snapshot)

    async def upload_file(self, path: Path) -> FileInfo:
        """Send a picture, a sound or a video of the client's."""
        if self._is_large(path):
            file = (await self._in_parts(path, None)).file
            assert file is not None
            return file
        return await self._upload("/v1/files", path, FileInfo)

    async def submit(self, order: RenderOrder) -> Render:
        """Order a render; the idempotency key makes a lost answer harmless."""
        return await self._call("POST", "/v1/renders", Render, order)

    async def render(self, job_id: UUID) -> Render:
        """Get one render."""
        return await self._call("GET", f"/v1/renders/{job_id}", Render)

    async def renders(self, cursor: str | None = None) -> RenderPage:
        """Get a page of renders, newest first."""
        query = f"?cursor={cursor}" if cursor else ""
        return await self._call("GET", f"/v1/renders{query}", RenderPage)

    async def tasks(self, job_id: UUID) -> TaskList:
        """Get the tasks of one render."""
        return await self._call("GET", f"/v1/renders/{job_id}/tasks", TaskList)

    async def why(self, job_id: UUID) -> WaitReport:
        """Ask why a render waits."""
        return await self._call("GET", f"/v1/renders/{job_id}/why", WaitReport)

    async def act(self, job_id: UUID, verb: str) -> Render:
        """Cancel or retry one render: `verb` is `cancel` or `retry`."""
        return await self._call("POST", f"/v1/renders/{job_id}/{verb}", Render)

    async def change(self, job_id: UUID, wish: RenderChange) -> Render:
        """Change the priority or the deadline of a render that has not ended."""
        return await self._call("PATCH", f"/v1/renders/{job_id}", Render, wish)

    async def repair(self, job_id: UUID, order: RepairOrder) -> Render:
        """Have frames of a finished split render rendered again."""
        return await self._call("POST", f"/v1/renders/{job_id}/repair", Render, order)

    async def again(self, job_id: UUID) -> Render:
        """Make a done render again."""
        return await self._call("POST", f"/v1/renders/{job_id}/again", Render)

    async def manifest(self, job_id: UUID) -> Manifest:
        """Get what a done render was made of, compared with the one that it repeats."""
        return await self._call("GET", f"/v1/renders/{job_id}/manifest", Manifest)

    async def nodes(self, cursor: str | None = None) -> NodePage:
        """Get a page of nodes."""
        query = f"?cursor={cursor}" if cursor else ""
        return await self._call("GET", f"/v1/nodes{query}", NodePage)

    async def enrolment(self, ttl_s: int = 900) -> EnrolmentCreated:
        """Make a one-time token for a new node."""
        body = EnrolmentCreate(ttl_s=ttl_s)
        return await self._call("POST", "/v1/nodes/enrolments", EnrolmentCreated, body)

    async def attempts(self, job_id: UUID, cursor: str | None = None) -> AttemptPage:
        """Get a page of a render's attempts, task by task."""
        query = f"?cursor={cursor}" if cursor else ""
        return await self._call("GET", f"/v1/renders/{job_id}/attempts{query}", AttemptPage)

    async def attempt_log(self, job_id: UUID, task_id: int, attempt: int) -> AsyncIterator[str]:
        """Give what there is of an attempt's log, piece by piece."""
        path = f"/v1/renders/{job_id}/attempts/{task_id}/{attempt}/log"
        offset, piece = 0, ""

        async def fetch() -> tuple[str, int]:
            async with self._answer("GET", f"{path}?offset={offset}") as answer:
                return await answer.text("utf-8"), int(answer.headers[NEXT_OFFSET])

        while True:
            piece, offset = await patiently(fetch)
            if not piece:
                return
            yield piece

    async def move_node(self, node_id: UUID, verb: str, reason: str | None = None) -> Node:
        """Drain, resume, quarantine or retire a node; a quarantine needs a reason."""
        body = NodeQuarantine(reason=reason) if reason is not None else None
        return await self._call("POST", f"/v1/nodes/{node_id}/{verb}", Node, body)

    async def settings(self) -> SettingList:
        """Get the settings that can be changed."""
        return await self._call("GET", "/v1/settings", SettingList)

    async def change_settings(self, wish: SettingsChange) -> SettingList:
        """Change settings; gives all as they are in force then."""
        return await self._call("PATCH", "/v1/settings", SettingList, wish)

    async def events(self, job_id: UUID, after: int = 0) -> AsyncIterator[JobEvent]:
        """Give a job's events from `after` on, until the server ends the stream."""
        headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        path = f"/v1/renders/{job_id}/events"
        async with self._answer("GET", path, headers=headers, limits=_STREAM_TIMEOUT) as answer:
            async for event in sse_events(answer.content):
                yield read(JobEvent, event.data)

    async def download(self, url: str, target: Path) -> None:
        """Write an export to `target`, whole or not at all."""
        part = target.with_name(f".{uuid.uuid4().hex[:8]}.part")

        async def fetch() -> None:
            async with self._answer("GET", url, limits=UPLOAD_TIMEOUT) as answer:
                with part.open("wb") as out:
                    async for block in answer.content.iter_chunked(1 << 20):
                        out.write(block)
            part.replace(target)

        try:
            await patiently(fetch)
        finally:
            part.unlink(missing_ok=True)

    def _is_large(self, path: Path) -> bool:
        try:
            return path.stat().st_size > self._parts_from_bytes
        except OSError:
            return False

    async def _in_parts(self, source: Path, project_id: UUID | None) -> UploadDone:
        async def send(path: str, content: bytes) -> UploadPart:
            async def once() -> UploadPart:
                headers = {"Content-Type": "application/octet-stream"}
                async with self._answer(
                    "PUT", path, data=io.BytesIO(content), headers=headers, limits=UPLOAD_TIMEOUT
                ) as reply:
                    return read(UploadPart, await reply.read())

            return await patiently(once)

        try:
            return await send_in_parts(self._call, send, source, project_id)
        except ClientError as error:
            raise error.about(source.name) from error

    async def _upload(self, path: str, source: Path, answer: type[M]) -> M:
        headers = {"Idempotency-Key": str(uuid.uuid4())}

        async def send() -> M:
            with source.open("rb") as content:
                form = aiohttp.FormData()
                form.add_field("file", content, filename=source.name)
                async with self._answer(
                    "POST", path, data=form, headers=headers, limits=UPLOAD_TIMEOUT
                ) as reply:
                    return read(answer, await reply.read())

        try:
            return await patiently(send)
        except ClientError as error:
            raise error.about(source.name) from error
