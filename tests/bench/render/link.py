"""A slow link on loopback: bytes pass at a rate each way, and are counted."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

BLOCK_BYTES = 4096


class _Way:
    """Be one direction of a link that all its connections share."""

    def __init__(self, bytes_per_s: float | None) -> None:
        self._bytes_per_s = bytes_per_s
        self._free_at = 0.0
        self.bytes = 0

    async def pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on until the source ends."""
        with suppress(ConnectionError, asyncio.CancelledError):
            while block := await source.read(BLOCK_BYTES):
                self.bytes += len(block)
                await self._wait(len(block))
                target.write(block)
                await target.drain()
        with suppress(ConnectionError, OSError):
            target.close()

    async def _wait(self, size: int) -> None:
        if self._bytes_per_s is None:
            return
        now = time.monotonic()
        self._free_at = max(now, self._free_at) + size / self._bytes_per_s
        await asyncio.sleep(self._free_at - now)


class Link:
    """Stand between an agent and a server; use it as an async context manager.

    `bits_per_s` None is as fast as this machine.
    """

    def __init__(self, server_url: str, bits_per_s: float | None = None) -> None:
        self._address = urlsplit(server_url)
        rate = None if bits_per_s is None else bits_per_s / 8
        self.up, self.down = _Way(rate), _Way(rate)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Open the agent's end."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0, limit=BLOCK_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut every connection."""
        assert self._server is not None
        self._server.close()
        for task in [*self._open]:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def url(self) -> str:
        """Give the address that the agent calls."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            far_in, far_out = await asyncio.open_connection(
                self._address.hostname, self._address.port, limit=BLOCK_BYTES
            )
        except OSError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self.up.pass_on(reader, far_out), self.down.pass_on(far_in, writer)
            )
        for end in (writer, far_out):
            end.close()
