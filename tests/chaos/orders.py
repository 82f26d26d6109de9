"""The client: orders renders through the proxy, each until it is answered, and cancels some."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.chaos.plan import Order
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=2)
COMP, LAYER = "main", "mark"


@dataclass(slots=True)
class Client:
    """Call the public API with one key; use `session` from one event loop."""

    session: aiohttp.ClientSession
    key: str
    accepted: dict[str, str] = field(default_factory=dict)
    """Mark to job id, of every order that the server answered."""
    refused: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    sent: dict[str, Order] = field(default_factory=dict)
    project: bytes = rifx.comps(
        CompSpec("main", (LayerSpec("mark", text="x", out_s=8),), width=64, height=36, duration_s=8)
    )

    @property
    def unanswered(self) -> int:
        """Count the orders on their way."""
        return len(self.sent) - len(self.accepted) - len(self.refused)

    async def ask(self, method: str, url: str, body: object = None, key: str | None = None) -> Any:
        """Call once; gives code and parsed body. Raises ClientError or TimeoutError."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        async with self.session.request(
            method, url, json=body, headers=headers, timeout=_TIMEOUT
        ) as answer:
            return answer.status, await answer.json(content_type=None)

    async def until_answered(self, method: str, url: str, body: object = None) -> Any:
        """Repeat one call under one idempotency key until the server answers for good."""
        key = str(uuid.uuid4())
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ValueError, OSError):
                code, told = await self.ask(method, url, body, key)
                passes = code == 409 and told["code"] == "idempotency_in_progress"
                if code < 500 and code != 429 and not passes:
                    return code, told
            await asyncio.sleep(0.2)

    async def make_project(self, base: str) -> str:
        """Upload a template of one comp with one text; give the project's id."""
        code, made = await self.ask("POST", base + "/v1/projects", {"name": "chaos"}, "p")
        assert code == 201, made
        form = aiohttp.FormData()
        form.add_field("file", self.project, filename="chaos.aep")
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": "b"}
        async with self.session.post(
            f"{base}/v1/projects/{made['id']}/bundle", data=form, headers=headers
        ) as answer:
            assert answer.status == 201, await answer.text()
        code, told = await self.ask(
            "POST", f"{base}/v1/template-scans/{made['id']}/quick", None, "q"
        )
        assert code == 200, told
        return str(made["id"])

    async def try_to_write(self, base: str) -> tuple[int, str | None]:
        """Try to change something; gives the code and the header Retry-After."""
        async with self.session.post(
            base + "/v1/projects",
            json={"name": "chaos"},
            headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid.uuid4())},
            timeout=_TIMEOUT,
        ) as answer:
            return answer.status, answer.headers.get("Retry-After")

    async def token(self, base: str) -> str:
        """Get a one-time token for a new node."""
        code, told = await self.ask("POST", base + "/v1/nodes/enrolments", {}, str(uuid.uuid4()))
        assert code in {200, 201}, told
        return str(told["enrolment_token"])

    async def order(self, base: str, project: str, order: Order) -> None:
        """Order one render, and cancel it later when the plan says so."""
        self.sent[order.mark] = order
        value = {"key": LAYER, "value": f"{order.mark} {order.frame_s}"}
        body = {
            "project_id": project,
            "comp": COMP,
            "scenes": [{"key": COMP, "values": [value]}],
            "frames": f"0-{order.frames - 1}",
            "plan": order.plan,
            "output": {"quality": "draft"},
        }
        code, told = await self.until_answered("POST", base + "/v1/renders", body)
        if code not in {200, 201, 202}:
            self.refused.append(f"{order.mark}: {code} {told}"[:500])
            return
        self.accepted[order.mark] = str(told["id"])
        if order.cancel_after_s is not None:
            await asyncio.sleep(order.cancel_after_s)
            url = f"{base}/v1/renders/{told['id']}/cancel"
            code, _ = await self.until_answered("POST", url)
            if code in {200, 202}:
                self.cancelled.add(order.mark)


async def keep_ordering(
    client: Client,
    base: str,
    project: str,
    coming: Iterator[Order],
    *,
    ends: float,
    has_room: Callable[[], bool],
) -> None:
    """Order the renders of the plan in turn while the farm has room; return when all are told.

    `ends` is a time of the monotonic clock.
    """
    async with asyncio.TaskGroup() as group:
        while time.monotonic() < ends:
            if not has_room():
                await asyncio.sleep(0.1)
                continue
            order = next(coming)
            group.create_task(client.order(base, project, order))
            await asyncio.sleep(order.pause_s)
