"""Be somebody's receiver of webhooks: a real HTTP server that notes what comes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Got:
    """Be one call that came."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)

    @property
    def id(self) -> str:
        """Give the delivery's id."""
        return self.headers["webhook-id"]

    def fits(self, secret: str) -> bool:
        """Check the signature as a receiver does: written out of docs/webhooks.md."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """Answer what `answer` gives for a call, and keep the calls."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    """Codes of the next answers; 204 when none is left."""
    slow: asyncio.Event | None = None
    """While it is not set no answer comes."""
    came: Callable[[], None] = lambda: None

    async def answer(self, request: web.Request) -> web.Response:
        """Take a call."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(headers, await request.read()))
        self.came()
        if self.slow is not None:
            await self.slow.wait()
        code = self.codes.pop(0) if self.codes else 204
        moved = {"Location": f"{self.url}/elsewhere"} if 300 <= code < 400 else {}
        return web.Response(status=code, headers=moved)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Listen on a free port of this machine."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", receiver.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    receiver.url = f"http://127.0.0.1:{port}"
    try:
        yield receiver
    finally:
        if receiver.slow is not None:
            receiver.slow.set()
        await runner.cleanup()
