"""Stand between agents and orchestrators: pass calls on, badly where told, and keep a journal."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp
from aiohttp import web

Chances = Mapping[str, float]
WEATHER: Mapping[str, Chances] = {
    "drop": {"drop": 0.25},
    "lose": {"lose": 0.25},
    "cut": {"cut": 0.25},
    "twice": {"twice": 0.5},
    "late": {"late": 0.5},
    "slow": {"slow": 0.5},
    "storm": {"drop": 0.07, "lose": 0.07, "cut": 0.07, "twice": 0.1, "late": 0.2, "slow": 0.1},
}
"""What happens to a call in each weather, with its chance."""
_CALL = re.compile(r"^/v1/agent/(?:tasks/(\d+)/attempts/(\d+)/)?(\w+)$")
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """Be one call as it came: `name` is its kind; task and attempt are 0 where it has none."""

    method: str
    raw_path: str
    headers: dict[str, str]
    body: bytes
    name: str
    task_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Be one call that reached a server: when (seconds since 1970), what, and its answer."""

    sent_at: float
    answered_at: float
    leg: int
    call: str
    task_id: int
    attempt: int
    code: int
    is_lost: bool
    is_copy: bool


@dataclass(slots=True)
class Trap:
    """Spring once, when a call of a kind passes a point: before, sent or after."""

    call: str
    point: str
    spring: Callable[[int], None]
    leg: int | None = None
    sprung: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Leg:
    """Be the way of one agent (or of the client) to the servers."""

    number: int
    chance: random.Random
    port: int = 0
    weather: Chances = field(default_factory=dict)
    partition: str = ""
    healed: asyncio.Event = field(default_factory=asyncio.Event)
    said: deque[Call] = field(default_factory=lambda: deque(maxlen=6))
    """The last reports about tasks, to be heard again when their speaker is gone."""

    def fate(self) -> str:
        """Draw what happens to the next call; "" when it passes."""
        roll = self.chance.random()
        for name, share in self.weather.items():
            if roll < share:
                return name
            roll -= share
        return ""


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    headers: dict[str, str]
    body: bytes
    is_cut: bool = False


class Proxy:
    """Serve one port per leg; use it as an async context manager."""

    def __init__(self, upstreams: list[str], legs: int, seed: int, late_s: float) -> None:
        self._upstreams = upstreams
        self._late_s = late_s
        self._turn = 0
        self._servers: list[asyncio.Server] = []
        self._copies: set[asyncio.Task[None]] = set()
        self.legs = [Leg(number, random.Random(f"{seed}/leg{number}")) for number in range(legs)]
        self.journal: list[Seen] = []
        self.traps: list[Trap] = []
        self.done: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        """Open the ports."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=LIMIT_S, sock_connect=2),
            auto_decompress=False,
            trust_env=False,
        )
        loop = asyncio.get_running_loop()
        for leg in self.legs:
            handler = web.Server(self._handler(leg), access_log=None)
            server = await loop.create_server(handler, "127.0.0.1", 0)
            leg.port = int(server.sockets[0].getsockname()[1])
            self._servers.append(server)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything; late copies that wait are thrown away."""
        for copy in self._copies:
            copy.cancel()
        for server in self._servers:
            server.close()
        await self._http.close()

    def heal(self) -> None:
        """Let every call pass from now on."""
        for leg in self.legs:
            leg.weather = {}
            self.reunite(leg)
        self.traps.clear()

    def reunite(self, leg: Leg) -> None:
        """End a leg's partition."""
        leg.partition = ""
        leg.healed.set()

    def part(self, leg: Leg, how: str) -> None:
        """Cut a leg off: refuse calls, swallow them, or pass them and lose the answers (deaf)."""
        leg.partition = how
        leg.healed.clear()

    def _handler(self, leg: Leg) -> Callable[[web.BaseRequest], Any]:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            call = _call_of(request, await request.read())
            if call.task_id:
                leg.said.append(call)
            reply = await self._pass(leg, call)
            if reply is None:
                _abort(request)
                return web.Response(status=502)
            if reply.is_cut:
                return await _cut(request, reply)
            return web.Response(status=reply.code, headers=reply.headers, body=reply.body)

        return handle

    async def haunt(self, leg: Leg) -> None:
        """Let the servers hear a leg's last reports once more."""
        for call in [*leg.said]:
            await self._forward(leg, call, copy=True)

    async def _pass(self, leg: Leg, call: Call) -> _Reply | None:
        """Give the answer; None when the connection is to break at once."""
        self._check_traps(leg, call.name, "before", 0)
        if leg.partition in {"refuse", "swallow"}:
            if leg.partition == "swallow":
                with suppress(TimeoutError):
                    await asyncio.wait_for(leg.healed.wait(), LIMIT_S)
            return None
        fate = leg.fate()
        self._count(fate)
        if fate == "drop":
            return None
        if fate == "slow":
            await asyncio.sleep(leg.chance.uniform(0.2, 2))
        if fate == "late":
            self._send_late(leg, call)
        if fate == "twice":
            reply, _ = await asyncio.gather(
                self._forward(leg, call), self._forward(leg, call, copy=True)
            )
        else:
            reply = await self._forward(leg, call)
        self._check_traps(leg, call.name, "after", 0)
        if fate == "lose" or leg.partition == "deaf" or reply is None:
            return None
        if fate == "cut":
            return replace(reply, is_cut=True)
        return reply

    def _count(self, fate: str) -> None:
        if fate:
            self.done[fate] = self.done.get(fate, 0) + 1

    def _check_traps(self, leg: Leg, call: str, point: str, upstream: int) -> None:
        for trap in [*self.traps]:
            if (trap.call, trap.point) == (call, point) and trap.leg in {None, leg.number}:
                self.traps.remove(trap)
                trap.spring(upstream)
                trap.sprung.set()

    def _send_late(self, leg: Leg, call: Call) -> None:
        async def later() -> None:
            await asyncio.sleep(leg.chance.uniform(0.1, 1) * self._late_s)
            await self._forward(leg, call, copy=True)

        task = asyncio.create_task(later())
        self._copies.add(task)
        task.add_done_callback(self._copies.discard)

    async def _forward(self, leg: Leg, call: Call, *, copy: bool = False) -> _Reply | None:
        """Send a call to the next server that takes connections; None when none answers."""
        sent_at = time.time()
        for _ in self._upstreams:
            self._turn = (self._turn + 1) % len(self._upstreams)
            upstream = self._turn
            asked = self._http.request(
                call.method,
                self._upstreams[upstream] + call.raw_path,
                data=call.body,
                headers=call.headers,
                allow_redirects=False,
            )
            trapped = asyncio.get_running_loop().call_later(
                leg.chance.uniform(0, 0.02),
                self._check_traps, leg, call.name, "sent", upstream,
            )  # fmt: skip
            try:
                async with asked as answer:
                    content = await answer.read()
            except aiohttp.ClientConnectorError:
                trapped.cancel()
                continue
            except (aiohttp.ClientError, TimeoutError, OSError):
                return None
            self._note(leg, call, sent_at, answer.status, content, copy=copy)
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            return _Reply(answer.status, kept, content)
        return None

    def _note(
        self,
        leg: Leg,
        call: Call,
        sent_at: float,
        code: int,
        content: bytes,
        *,
        copy: bool,
    ) -> None:
        lost = code == 409 and b'"lease_lost"' in content
        self.journal.append(
            Seen(
                sent_at,
                time.time(),
                leg.number,
                call.name,
                call.task_id,
                call.attempt,
                code,
                lost,
                copy,
            )
        )


def _call_of(request: web.BaseRequest, body: bytes) -> Call:
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
    match = _CALL.match(request.path)
    name = "put" if request.method == "PUT" else request.method.lower()
    task_id, attempt = 0, 0
    if match is not None:
        task_id, attempt, name = int(match[1] or 0), int(match[2] or 0), match[3]
    return Call(request.method, request.raw_path, headers, body, name, task_id, attempt)


def _abort(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _cut(request: web.BaseRequest, reply: _Reply) -> web.StreamResponse:
    """Send half of an answer, then break the connection."""
    cut = web.StreamResponse(status=reply.code, headers=reply.headers)
    cut.content_length = len(reply.body) + 1
    with suppress(ConnectionError):
        await cut.prepare(request)
        await cut.write(reply.body[: len(reply.body) // 2])
        await asyncio.sleep(0.01)
    _abort(request)
    return cut
