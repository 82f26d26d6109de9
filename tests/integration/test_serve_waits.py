"""The serve command and a database that comes later than it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg
import pytest

from tests.support.ports import own_port

LAST = "name = '40_scan_quota'"
WORDS = ("-P", "-m", "orchestrator", "serve", "--with-parent")


@pytest.fixture
def gate() -> Iterator[int]:
    """Lend the port at which the database will be one day."""
    with own_port() as lent:
        yield lent


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until either side ends."""
    with suppress(ConnectionError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    writer.close()


async def ready(port: int) -> None:
    """Wait until the server says that it is ready."""
    async with aiohttp.ClientSession(trust_env=False) as http, asyncio.timeout(60):
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)


async def test_a_server_that_starts_before_its_database_waits_for_it(
    database: str, tmp_path: Path, port: int, gate: int
) -> None:
    parts = urlsplit(database)
    address = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{gate}")
    env = {**os.environ, "FLATRENDER_DATABASE_URL": urlunsplit(address)}

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(copy(reader, other[1]), copy(other[0], writer))

    server = await asyncio.create_subprocess_exec(
        sys.executable, *WORDS, "--data", str(tmp_path), "--port", str(port),
        env=env, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        async with asyncio.timeout(60):
            told = await server.stderr.readline()
        assert b"waits for the database" in told
        assert parts.password.encode() not in told if parts.password else True
        async with await asyncio.start_server(forward, "127.0.0.1", gate):
            await ready(port)
            server.terminate()
            async with asyncio.timeout(60):
                await server.communicate()
        assert server.returncode in {0, 1} if sys.platform == "win32" else server.returncode == 0
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def test_every_start_migrates_not_only_the_first(
    database: str, tmp_path: Path, port: int
) -> None:
    look = await asyncpg.connect(database)
    env = {**os.environ, "FLATRENDER_DATABASE_URL": database}
    try:
        for _ in range(2):
            server = await asyncio.create_subprocess_exec(
                sys.executable, *WORDS, "--data", str(tmp_path), "--port", str(port),
                env=env, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                await ready(port)
                server.terminate()
                async with asyncio.timeout(60):
                    await server.communicate()
            finally:
                if server.returncode is None:
                    server.kill()
                    await server.wait()
            lacked = await look.execute(f"DELETE FROM public.schema_ledger WHERE {LAST}")
            assert lacked == "DELETE 1"
            await look.execute("DROP INDEX render.render_scan_jobs_unfinished")
    finally:
        await look.close()
