"""Simulated nodes: the agent's own HTTP client, signatures and messages, without an engine."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

import aiohttp

from node_agent.errors import LeaseLost, NodeBroken, RetryLater, TaskBroken
from node_agent.report.client import Client, Credentials
from orchestrator.wire.agent import (
    Capabilities,
    ClaimRequest,
    EngineInfo,
    HealthSample,
    HeartbeatAnswer,
    HeartbeatRequest,
    HeldLease,
    RegisterAnswer,
    RegisterRequest,
)
from orchestrator.wire.base import Empty, Message
from orchestrator.wire.frames import each, parse
from orchestrator.wire.tasks import (
    ClaimAnswer,
    FrameResult,
    FramesReport,
    Grant,
    ResultAnswer,
    ResultReport,
)

HEARTBEAT_S = 10.0
TASK_S = 30.0
Answer = TypeVar("Answer", bound=Message)
ABLE = Capabilities(
    engines=(EngineInfo(kind="preview", version="1.0", major=1),),
    kinds=("frames",),
    cores=8,
    memory_bytes=2**35,
)
SAMPLE = HealthSample(
    cpu_percent=50,
    memory_used_bytes=2**33,
    memory_total_bytes=2**35,
    disk_free_bytes=2**38,
    disk_total_bytes=2**40,
)


@dataclass
class Tally:
    """Gather what the nodes saw: times by kind of call in milliseconds, and refusals."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0
    tasks: int = 0
    lag_ms: list[float] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything: the warm-up is over."""
        self.times.clear()
        self.lag_ms.clear()
        self.refused = self.tasks = 0


class Node:
    """Be one node: it beats, claims, works for half a minute, and reports."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, node_id: UUID, secret: bytes, tally: Tally
    ) -> None:
        self._client = Client(http, url, Credentials(node_id, 1, secret))
        self._name = f"sim-{node_id.int:x}"
        self._tally = tally
        self._held: dict[int, Grant] = {}
        self._session = UUID(int=0)

    async def run(self, spread_s: float) -> None:
        """Work until cancelled; the nodes begin spread over some seconds."""
        await asyncio.sleep(random.uniform(0, spread_s))
        await self._register()
        beating = asyncio.create_task(self._beat())
        try:
            while True:
                await self._claim()
        finally:
            beating.cancel()

    async def _call(self, kind: str, path: str, body: Message, answer: type[Answer]) -> Answer:
        begin = time.perf_counter()
        try:
            return await self._client.call(path, body, answer, patience_s=60)
        finally:
            self._tally.times[kind].append((time.perf_counter() - begin) * 1000)

    async def _register(self) -> None:
        request = RegisterRequest(
            instance_id=uuid4(),
            name=self._name,
            platform="linux",
            agent_version="bench",
            capabilities=ABLE,
            held=tuple(_lease(grant) for grant in self._held.values()),
        )
        answer = await self._call("register", "/v1/agent/register", request, RegisterAnswer)
        self._session = answer.session_id

    async def _beat(self) -> None:
        await asyncio.sleep(random.uniform(0, HEARTBEAT_S))
        while True:
            due = time.perf_counter() + HEARTBEAT_S
            request = HeartbeatRequest(
                session_id=self._session,
                agent_version="bench",
                clock=datetime.now(UTC),
                sample=SAMPLE,
                leases=tuple(_lease(grant) for grant in self._held.values()),
            )
            try:
                await self._call("heartbeat", "/v1/agent/heartbeat", request, HeartbeatAnswer)
            except (RetryLater, NodeBroken, TaskBroken, LeaseLost):
                self._tally.refused += 1
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _claim(self) -> None:
        request = ClaimRequest(request_id=uuid4(), session_id=self._session)
        try:
            answer = await self._call("claim", "/v1/agent/claim", request, ClaimAnswer)
            for grant in answer.grants:
                await self._work(grant)
        except (RetryLater, NodeBroken, TaskBroken, LeaseLost):
            self._tally.refused += 1
            await asyncio.sleep(1)

    async def _work(self, grant: Grant) -> None:
        """Pretend to render a chunk, then report its frames and its end."""
        self._held[grant.task_id] = grant
        try:
            await asyncio.sleep(TASK_S * random.uniform(0.9, 1.1))
            path = f"/v1/agent/tasks/{grant.task_id}/attempts/{grant.attempt}"
            assert grant.spec.kind == "frames"
            prefix = f"attempts/{grant.job_id}/{grant.task_id}/{grant.attempt}/frames"
            done = tuple(
                FrameResult(
                    frame=frame,
                    sha256=hashlib.sha256(b"%d" % frame).hexdigest(),
                    size_bytes=1000,
                    key=f"{prefix}/{frame:05d}.png",
                )
                for frame in each(parse(grant.spec.frames))
            )
            report = FramesReport(token=grant.token, frames=done)
            await self._call("frames", f"{path}/frames", report, Empty)
            end = ResultReport(
                token=grant.token, outcome="succeeded", frames_done=grant.spec.frames
            )
            await self._call("result", f"{path}/result", end, ResultAnswer)
            self._tally.tasks += 1
        finally:
            del self._held[grant.task_id]


def _lease(grant: Grant) -> HeldLease:
    return HeldLease(task_id=grant.task_id, attempt=grant.attempt, token=grant.token)
