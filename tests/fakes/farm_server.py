"""A scripted server that speaks the agent's routes over the wire models, for tests of the agent."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web

from orchestrator.wire import agent, signing, tasks
from orchestrator.wire.base import Empty, Message, Problem
from orchestrator.wire.content.fonts import NodeFont, NodeFontsReport

SECRET = b"a secret of thirty-two bytes ...."
NODE_ID = UUID("01935555-0000-7000-8000-000000000001")
TOKEN = "an-enrolment-token-for-one-use"
Rule = Callable[[web.Request], Awaitable[web.Response | None]]


def problem(code: int, name: str, **more: Any) -> web.Response:
    """Answer an error as the real server does."""
    body = Problem(title=name, status=code, code=name, detail=f"{name}.", **more)
    return web.Response(
        status=code, text=body.model_dump_json(), content_type="application/problem+json"
    )


def answer(message: Message) -> web.Response:
    return web.Response(text=message.model_dump_json(), content_type="application/json")


@dataclass
class FarmServer:
    """Keep what the agent said; tests queue grants and set rules."""

    grants: list[tasks.Grant] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    results: dict[tuple[int, int], tasks.ResultReport] = field(default_factory=dict)
    progress: list[tasks.ProgressReport] = field(default_factory=list)
    frames: list[tasks.FrameResult] = field(default_factory=list)
    logs: dict[tuple[int, int], str] = field(default_factory=dict)
    crashes: list[tasks.CrashReport] = field(default_factory=list)
    fonts: list[NodeFont] = field(default_factory=list)
    registers: list[agent.RegisterRequest] = field(default_factory=list)
    beats: list[agent.HeartbeatRequest] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    lost: set[tuple[int, int]] = field(default_factory=set)
    cancelled: set[tuple[int, int]] = field(default_factory=set)
    rules: list[Rule] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    drain: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    lease_ttl_s: float = 30.0
    heartbeat_s: float = 0.2
    report_s: float = 0.5
    unsigned: int = 0
    url: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    served: dict[UUID, tuple[tasks.Grant, ...]] = field(default_factory=dict)

    async def until(self, test: Callable[[], bool], limit_s: float = 60) -> None:
        """Wait until the test holds; every call of the agent looks again."""
        async with asyncio.timeout(limit_s):
            while not test():
                self.changed.clear()
                await self.changed.wait()

    @property
    def conditions(self) -> tuple[str, ...] | None:
        """Give what the last sign of life said is amiss; None before the first one."""
        return tuple(self.beats[-1].conditions) if self.beats else None

    def stage(self, name: str) -> int:
        """Give how far the stage came that was told last."""
        told = [stage.done for report in self.progress for stage in report.stages
                if stage.stage == name]  # fmt: skip
        return told[-1] if told else 0

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._gate], client_max_size=64 * 2**20)
        task = "/v1/agent/tasks/{task}/attempts/{attempt}/"
        app.router.add_post("/v1/agent/enrol", self._enrol)
        app.router.add_post("/v1/agent/register", self._register)
        app.router.add_post("/v1/agent/heartbeat", self._heartbeat)
        app.router.add_post("/v1/agent/calls", self._calls)
        app.router.add_post("/v1/agent/claim", self._claim)
        app.router.add_post("/v1/agent/fonts", self._fonts)
        for name in ("progress", "log", "frames", "uploads", "result", "crash"):
            app.router.add_post(task + name, getattr(self, f"_{name}"))
        app.router.add_get("/v1/objects/{key:.*}", self._get)
        app.router.add_put("/v1/objects/{key:.*}", self._put)
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.read()
        self.calls.append(request.path)
        try:
            for rule in list(self.rules):
                ruled = await rule(request)
                if ruled is not None:
                    return ruled
            signed = request.path.startswith("/v1/agent/") and not request.path.endswith("/enrol")
            if signed:
                given = signing.parse(request.headers.get("Authorization", ""))
                if given is None or not signing.matches(
                    given, SECRET, request.method, request.raw_path, body
                ):
                    self.unsigned += 1
                    return problem(401, "unauthorized")
                now = datetime.now(UTC)
                if abs(given.time_s - now.timestamp()) > signing.WINDOW_S:
                    return problem(401, "clock_skew", server_time=now)
            key = self._key(request)
            if key is not None and key in self.lost:
                return problem(409, "lease_lost")
            return await handler(request)
        finally:
            self.changed.set()

    @staticmethod
    def _key(request: web.Request) -> tuple[int, int] | None:
        info = request.match_info
        return (int(info["task"]), int(info["attempt"])) if "task" in info else None

    async def _enrol(self, request: web.Request) -> web.Response:
        wanted = agent.EnrolRequest.model_validate_json(await request.read())
        if wanted.enrolment_token != TOKEN:
            return problem(401, "enrolment_refused")
        secret = base64.urlsafe_b64encode(SECRET).decode().rstrip("=")
        return answer(agent.EnrolAnswer(node_id=NODE_ID, key_version=1, secret=secret))

    async def _register(self, request: web.Request) -> web.Response:
        told = agent.RegisterRequest.model_validate_json(await request.read())
        self.registers.append(told)
        kept = [lease for lease in told.held if (lease.task_id, lease.attempt) not in self.lost]
        lost = [lease for lease in told.held if lease not in kept]
        return answer(
            agent.RegisterAnswer(
                session_id=uuid4(),
                epoch="1",
                lease_ttl_s=self.lease_ttl_s,
                heartbeat_s=self.heartbeat_s,
                server_time=datetime.now(UTC),
                kept=tuple(agent.LeaseRef(task_id=x.task_id, attempt=x.attempt) for x in kept),
                lost=tuple(agent.LeaseRef(task_id=x.task_id, attempt=x.attempt) for x in lost),
            )
        )

    async def _heartbeat(self, request: web.Request) -> web.Response:
        told = agent.HeartbeatRequest.model_validate_json(await request.read())
        self.beats.append(told)
        held = {(lease.task_id, lease.attempt) for lease in told.leases}

        def refs(keys: set[tuple[int, int]]) -> tuple[agent.LeaseRef, ...]:
            return tuple(agent.LeaseRef(task_id=a, attempt=b) for a, b in sorted(keys & held))

        return answer(
            agent.HeartbeatAnswer(
                epoch="1",
                lease_ttl_s=self.lease_ttl_s,
                heartbeat_s=self.heartbeat_s,
                server_time=datetime.now(UTC),
                cancelled=refs(self.cancelled),
                lost=refs(self.lost),
                drain=self.drain,
                settings=self.settings,
                report_s=self.report_s,
            )
        )

    async def _calls(self, request: web.Request) -> web.Response:
        agent.CallRequest.model_validate_json(await request.read())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.called.wait(), 5)
        beat = self.called.is_set()
        self.called.clear()
        return answer(agent.CallAnswer(beat=beat))

    async def _claim(self, request: web.Request) -> web.Response:
        wanted = agent.ClaimRequest.model_validate_json(await request.read())
        if wanted.request_id not in self.served:
            if not self.grants:
                await asyncio.sleep(0.05)
            taken, self.grants = self.grants[: wanted.slots], self.grants[wanted.slots :]
            self.served[wanted.request_id] = tuple(taken)
        return answer(tasks.ClaimAnswer(grants=self.served[wanted.request_id]))

    async def _progress(self, request: web.Request) -> web.Response:
        self.progress.append(tasks.ProgressReport.model_validate_json(await request.read()))
        return answer(Empty())

    async def _log(self, request: web.Request) -> web.Response:
        chunk = tasks.LogChunk.model_validate_json(await request.read())
        key = self._key(request)
        assert key is not None
        have = self.logs.get(key, "")
        size = len(have.encode())
        if chunk.offset == size:
            self.logs[key] = have + chunk.text
            size = len(self.logs[key].encode())
        return answer(tasks.LogAnswer(offset=size))

    async def _frames(self, request: web.Request) -> web.Response:
        told = tasks.FramesReport.model_validate_json(await request.read())
        self.frames.extend(told.frames)
        return answer(Empty())

    async def _uploads(self, request: web.Request) -> web.Response:
        wanted = tasks.UploadRequest.model_validate_json(await request.read())
        key = self._key(request)
        assert key is not None
        targets = [
            tasks.UploadTarget(
                name=item.name,
                key=f"attempts/job/{key[0]}/{key[1]}/{item.name}",
                url=f"/v1/objects/attempts/job/{key[0]}/{key[1]}/{item.name}?op=put",
                headers={"Content-Type": item.content_type, "X-Sha256": item.sha256},
            )
            for item in wanted.files
        ]
        return answer(tasks.UploadAnswer(uploads=tuple(targets)))

    async def _result(self, request: web.Request) -> web.Response:
        told = tasks.ResultReport.model_validate_json(await request.read())
        key = self._key(request)
        assert key is not None
        self.results.setdefault(key, told)
        state = {"succeeded": "succeeded", "failed": "failed", "interrupted": "queued"}
        return answer(tasks.ResultAnswer(task_state=state[told.outcome]))  # type: ignore[arg-type]

    async def _crash(self, request: web.Request) -> web.Response:
        self.crashes.append(tasks.CrashReport.model_validate_json(await request.read()))
        return answer(Empty())

    async def _fonts(self, request: web.Request) -> web.Response:
        self.fonts.extend(NodeFontsReport.model_validate_json(await request.read()).fonts)
        return answer(Empty())

    async def _get(self, request: web.Request) -> web.Response:
        content = self.objects.get(request.match_info["key"])
        if content is None:
            return problem(404, "not_found")
        wanted = request.http_range
        if wanted.start:
            span = f"bytes {wanted.start}-{len(content) - 1}/{len(content)}"
            rest = content[wanted.start :]
            return web.Response(status=206, body=rest, headers={"Content-Range": span})
        return web.Response(body=content)

    async def _put(self, request: web.Request) -> web.Response:
        content = await request.read()
        if hashlib.sha256(content).hexdigest() != request.headers["X-Sha256"]:
            return problem(422, "hash_mismatch")
        self.uploads[request.match_info["key"]] = content
        return web.Response(status=201)
