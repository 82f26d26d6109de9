"""Calls the public API over HTTP: typed in, typed out, one ClientError for all that goes wrong."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

import aiohttp
from pydantic import BaseModel, ValidationError

from orchestrator.client.errors import ClientError
from orchestrator.client.sse import events as sse_events
from orchestrator.wire.base import Problem
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

M = TypeVar("M", bound=BaseModel)
_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=3600, sock_connect=10, sock_read=300)
_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=90)
_TRIES = 6


class FarmClient:
    """Talk to one orchestrator with one API key; use it as an async context manager.

    Reads, and writes that carry an Idempotency-Key, are tried again while the server is away.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base = base_url.rstrip("/")
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
        """Send a project's .aep or .zip."""
        return await self._upload(f"/v1/projects/{project_id}/bundle", path, Project)

    async def quick_scan(self, project_id: UUID, mode: str | None = None) -> ScanResult:
        """Read the uploaded template without After Effects."""
        query = f"?mode={mode}" if mode else ""
        return await self._call("POST", f"/v1/template-scans/{project_id}/quick{query}", ScanResult)

    async def upload_file(self, path: Path) -> FileInfo:
        """Send a picture or a sound of the client's."""
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
        async with self._open(
            "GET", f"/v1/renders/{job_id}/events", headers=headers, timeout=_STREAM_TIMEOUT
        ) as answer:
            await _raise_for_problem(answer)
            try:
                async for event in sse_events(answer.content):
                    yield JobEvent.model_validate_json(event.data)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise ClientError("connection_lost", f"The event stream broke: {error}") from error

    async def download(self, url: str, target: Path) -> None:
        """Write an export to `target`, whole or not at all."""
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            async with self._open("GET", url, timeout=_UPLOAD_TIMEOUT) as answer:
                await _raise_for_problem(answer)
                with part.open("wb") as out:
                    async for block in answer.content.iter_chunked(1 << 20):
                        out.write(block)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _open(
        self,
        method: str,
        path: str,
        *,
        data: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> aiohttp.client._RequestContextManager:
        """Start one call; the key goes to our own server only, never to another host."""
        assert self._http is not None, "use FarmClient as an async context manager"
        own = path.startswith("/")
        sent = dict(headers or {})
        if own:
            sent["Authorization"] = f"Bearer {self._key}"
        return self._http.request(
            method, self._base + path if own else path, data=data, headers=sent, timeout=timeout
        )

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[M],
        body: BaseModel | None = None,
        *,
        tries: int = _TRIES,
    ) -> M:
        data = None if body is None else body.model_dump_json(exclude_none=True)
        headers = {"Content-Type": "application/json"} if data is not None else {}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        for attempt in range(1, tries + 1):
            try:
                async with self._open(method, path, data=data, headers=headers) as reply:
                    await _raise_for_problem(reply)
                    return answer.model_validate_json(await reply.read())
            except ValidationError as error:
                raise ClientError(
                    "bad_answer",
                    f"The server's answer to {method} {path} is not as agreed: {error}",
                ) from error
            except (aiohttp.ClientError, TimeoutError) as error:
                problem = ClientError(
                    "no_connection", f"The orchestrator at {self._base} does not answer: {error}"
                )
            except ClientError as error:
                if error.status not in (502, 503, 504):
                    raise
                problem = error
            if attempt == tries:
                raise problem
            await asyncio.sleep(min(0.25 * 2**attempt, 5))
        raise AssertionError("unreachable: the last try raises")

    async def _upload(self, path: str, source: Path, answer: type[M]) -> M:
        try:
            with source.open("rb") as content:
                form = aiohttp.FormData()
                form.add_field("file", content, filename=source.name)
                headers = {"Idempotency-Key": str(uuid.uuid4())}
                async with self._open(
                    "POST", path, data=form, headers=headers, timeout=_UPLOAD_TIMEOUT
                ) as reply:
                    await _raise_for_problem(reply)
                    return answer.model_validate_json(await reply.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ClientError(
                "no_connection", f"Sending {source.name} to {self._base} failed: {error}"
            ) from error


async def _raise_for_problem(reply: aiohttp.ClientResponse) -> None:
    if reply.status < 400:
        return
    text = await reply.text()
    try:
        problem = Problem.model_validate_json(text)
    except ValidationError:
        raise ClientError(
            "http_error", f"The server answered {reply.status}: {text[:300]}", reply.status
        ) from None
    raise ClientError(problem.code, problem.detail, reply.status, problem.problems)
