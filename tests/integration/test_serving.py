"""The server as a process: ports, signals, slow clients, a database that is away."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestrator.api import guard
from orchestrator.app import create_app, listen
from orchestrator.errors import FarmError
from orchestrator.settings import Settings
from tests.support.server import running

PROGRAM = (
    "import asyncio, orchestrator.app as a, orchestrator.settings as s;"
    "asyncio.run(a.serve(s.Settings()))"
)


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as soon as somebody listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)


async def until_cut(reader: asyncio.StreamReader) -> bytes:
    """Read until the server ends the connection, politely or not."""
    answer = b""
    with suppress(ConnectionError):
        while block := await reader.read(999):
            answer += block
    return answer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
async def test_sigterm_ends_the_server_even_while_a_client_is_half_way(
    database: str, tmp_path: Path, port: int
) -> None:
    env = {
        **os.environ,
        "FLATRENDER_DATABASE_URL": database,
        "FLATRENDER_DATA_DIR": str(tmp_path),
        "FLATRENDER_PORT": str(port),
    }
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, env=env, stderr=asyncio.subprocess.PIPE
    )
    try:
        reader, writer = await connected(port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readline()
        writer.write(b"POST /v1/api-keys HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        await writer.drain()
        server.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, errors = await server.communicate()
        writer.close()
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
    assert server.returncode == 0
    assert b"Traceback" not in errors
    assert b'"event": "stopping"' in errors


async def test_a_taken_port_is_said_in_a_sentence(database: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(database))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FarmError) as caught:
            await listen(create_app(settings), "127.0.0.1", port)
    assert caught.value.code == "port_taken"
    assert f"Port {port}" in caught.value.message
    with pytest.raises(FarmError) as caught:
        await listen(create_app(settings), "no-such-host.invalid", port)
    assert caught.value.code == "cannot_listen"


def test_without_a_database_setting_the_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(FarmError, match="FLATRENDER_DATABASE_URL"):
        create_app(Settings(data_dir=tmp_path, database_url=None))


async def test_a_client_that_sends_half_a_head_is_cut_off(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "HEAD_TIMEOUT_S", 0.05)
    monkeypatch.setattr(guard, "IDLE_TIMEOUT_S", 0.05)
    async with running(database, tmp_path) as api, asyncio.timeout(60):
        port = int(api.base.rpartition(":")[2])
        reader, writer = await connected(port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost:")
        assert await until_cut(reader) == b""
        writer.close()
        reader, writer = await connected(port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HT")
        assert (await until_cut(reader)).count(b"HTTP/1.1 200") == 1
        writer.close()


async def test_a_missing_migration_and_a_dead_database_are_not_ready(
    empty_database: str, tmp_path: Path, port: int
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(empty_database))
    listener = await listen(create_app(settings), "127.0.0.1", 0)
    try:
        code, body = await fetch(listener.port, "/readyz")
    finally:
        await listener.close()
    assert code == 503
    assert b"flatrender migrate" in body

    gone = f"postgresql://nobody@127.0.0.1:{port}/none"
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(gone))
    listener = await listen(create_app(settings), "127.0.0.1", 0)
    try:
        assert (await fetch(listener.port, "/healthz"))[0] == 200
        code, body = await fetch(listener.port, "/readyz")
        assert code == 503
        assert b"database" in body
        code, body = await fetch(listener.port, "/v1/renders", "fr_abcdefghijkl_" + "x" * 43)
        assert code == 503
        assert b"database_unavailable" in body
    finally:
        await listener.close()


async def fetch(port: int, path: str, key: str = "none") -> tuple[int, bytes]:
    """Call without the usual helpers, which need a database."""
    reader, writer = await connected(port)
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    return int(answer.split(b" ")[1]), answer
