"""Makes calls to one orchestrator: connections, the key, patience, errors."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from orchestrator.client.errors import ClientError
from orchestrator.client.patience import TRIES, patiently, raise_for_problem, reason
from orchestrator.wire.base import read

M = TypeVar("M", bound=BaseModel)
TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=3600, sock_connect=10, sock_read=300)


class Transport:
    """Hold the connections to one orchestrator; use it as an async context manager."""

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

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        *,
        data: object = None,
        headers: Mapping[str, str] | None = None,
        limits: aiohttp.ClientTimeout = TIMEOUT,
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
        data = None
        if body is not None:
            # In a change null means something: take it away.
            patch = method == "PATCH"
            data = body.model_dump_json(exclude_none=not patch, exclude_unset=patch)
        headers = {"Content-Type": "application/json"} if data is not None else {}
        limits = UPLOAD_TIMEOUT if path.endswith("/complete") else TIMEOUT
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())

        async def call() -> M:
            async with self._answer(
                method, path, data=data, headers=headers, limits=limits
            ) as reply:
                return read(answer, await reply.read())

        return await patiently(call, tries)
