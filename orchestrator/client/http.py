"""Calls the public API over HTTP: typed in, typed out, one ClientError for all that goes wrong."""

from __future__ import annotations

import io
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

import aiohttp
from pydantic import BaseModel, ValidationError

from orchestrator.client.errors import ClientError
from orchestrator.client.patience import TRIES, patiently, raise_for_problem, reason
from orchestrator.client.sse import events as sse_events
from orchestrator.client.uploads import send_in_parts
from orchestrator.wire.base import read
from orchestrator.wire.content.scanning import ScanJob, ScanOrder
from orchestrator.wire.content.uploads import UploadDone, UploadPart
from orchestrator.wire.renders import JobEvent, Render, RenderOrder, RenderPage, TaskList
from orchestrator.wire.resources import (
    EnrolmentCreate,
    EnrolmentCreated,
    FileInfo,
    Health,
    NodePage,
    Project,
    ProjectCreate,
)
from orchestrator.wire.scan import ScanResult
from orchestrator.wire.waiting import WaitReport

M = TypeVar("M", bound=BaseModel)
_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=3600, sock_connect=10, sock_read=300)
_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=90)
PARTS_FROM_BYTES = 16 * 2**20


class FarmClient:
    """Talk to one orchestrator with one API key; use it as an async context manager.

    Reads, and writes that carry an Idempotency-Key, are tried again while the server is away.
    """

    def __init__(
        self, base_url: str, api_key: str, *, parts_from_bytes: int = PARTS_FROM_BYTES
    ) -> None:
        self._base = base_url.rstrip("/")
        self._parts_from_bytes = parts_from_bytes
        self._key = api_key
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._http = aiohttp.ClientSession(trust_env=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection pool."""
        if self._http is not None:
            await self._http.close()

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

    async def upload_file(self, path: Path) -> FileInfo:
        """Send a picture or a sound of the client's."""
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

    async def nodes(self, cursor: str | None = None) -> NodePage:
        """Get a page of nodes."""
        query = f"?cursor={cursor}" if cursor else ""
        return await self._call("GET", f"/v1/nodes{query}", NodePage)

    async def enrolment(self, ttl_s: int = 900) -> EnrolmentCreated:
        """Make a one-time token for a new node."""
        body = EnrolmentCreate(ttl_s=ttl_s)
        return await self._call("POST", "/v1/nodes/enrolments", EnrolmentCreated, body)

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
            async with self._answer("GET", url, limits=_UPLOAD_TIMEOUT) as answer:
                with part.open("wb") as out:
                    async for block in answer.content.iter_chunked(1 << 20):
                        out.write(block)
            part.replace(target)

        try:
            await patiently(fetch)
        finally:
            part.unlink(missing_ok=True)

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        *,
        data: object = None,
        headers: Mapping[str, str] | None = None,
        limits: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Make one call; the key goes to our own server only, never to another host.

        Whatever breaks before the block ends is a ClientError.
        """
        assert self._http is not None, "use FarmClient as an async context manager"
        own = path.startswith("/")
        sent = dict(headers or {})
        if own:
            sent["Authorization"] = f"Bearer {self._key}"
        url = self._base + path if own else path
        try:
            async with self._http.request(
                method, url, data=data, headers=sent, timeout=limits
            ) as answer:
                await raise_for_problem(answer)
                yield answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ClientError(
                "no_connection",
                f"The orchestrator at {self._base} does not answer "
                f"({reason(error)}). See that it runs and try again.",
            ) from error
        except ValidationError as error:
            raise ClientError(
                "bad_answer", f"The server's answer to {method} {path} is not as agreed: {error}"
            ) from error

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[M],
        body: BaseModel | None = None,
        *,
        key: str | None = None,
        tries: int = TRIES,
    ) -> M:
        data = None if body is None else body.model_dump_json(exclude_none=True)
        headers = {"Content-Type": "application/json"} if data is not None else {}
        limits = _UPLOAD_TIMEOUT if path.endswith("/complete") else _TIMEOUT
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())

        async def call() -> M:
            async with self._answer(
                method, path, data=data, headers=headers, limits=limits
            ) as reply:
                return read(answer, await reply.read())

        return await patiently(call, tries)

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
                    "PUT", path, data=io.BytesIO(content), headers=headers, limits=_UPLOAD_TIMEOUT
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
                    "POST", path, data=form, headers=headers, limits=_UPLOAD_TIMEOUT
                ) as reply:
                    return read(answer, await reply.read())

        try:
            return await patiently(send)
        except ClientError as error:
            raise error.about(source.name) from error
