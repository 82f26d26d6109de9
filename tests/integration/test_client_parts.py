"""The client sends large files in parts, and goes on where a cut or another run left them."""

from __future__ import annotations

import asyncio
import io
import random
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.client.http import FarmClient
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.server import Api

MIB = 2**20
SIZE = 45 * MIB


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write a template of six parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        aep = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="Hello"),), 640, 360))
        made.writestr("a.aep", aep)
        made.writestr("filling.bin", random.Random(5).randbytes(44 * MIB))
    path = tmp_path / "template.zip"
    assert out.tell() < SIZE
    path.write_bytes(out.getvalue())
    return path


@dataclass
class Line:
    """Stand between client and server; cut connections after so many bytes to the server."""

    port: int
    cuts: list[int]
    sent_bytes: int = 0
    mark_bytes: int = 2**62
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways, as far as it goes."""
        here = asyncio.current_task()
        assert here is not None
        self.tasks.add(here)
        left = self.cuts.pop(0) if self.cuts else 2**62
        back, forth = await asyncio.open_connection("127.0.0.1", self.port)
        answers = asyncio.create_task(self._pump(back, writer))
        self.tasks.add(answers)
        try:
            while left > 0 and (block := await reader.read(min(left, 1 << 16))):
                left -= len(block)
                self.sent_bytes += len(block)
                if self.sent_bytes > self.mark_bytes:
                    self.passed.set()
                forth.write(block)
                await forth.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            forth.transport.abort()
            answers.cancel()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while block := await reader.read(1 << 16):
                writer.write(block)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def line_to(api: Api, *cuts: int) -> AsyncIterator[tuple[Line, str]]:
    """Lend a line to the server and its address."""
    line = Line(int(api.base.rpartition(":")[2]), list(cuts))
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    try:
        yield line, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in line.tasks:
            task.cancel()
        await asyncio.gather(*line.tasks, return_exceptions=True)


async def test_a_line_that_is_cut_again_and_again_costs_parts_and_not_the_upload(
    api: Api, source: Path
) -> None:
    assert api.key is not None
    cuts = (3 * MIB, 5 * MIB, 1 * MIB, 2 * MIB)
    async with line_to(api, *cuts) as (line, base), FarmClient(base, api.key) as client:
        project = await client.create_project("cut")
        kept = await client.upload_bundle(project.id, source)
    assert kept.bundle is not None
    assert kept.bundle.size_bytes > 44 * MIB
    assert line.cuts == []
    assert line.sent_bytes < SIZE + 4 * 8 * MIB


async def test_another_run_sends_only_what_the_first_did_not(api: Api, source: Path) -> None:
    assert api.key is not None
    async with line_to(api) as (line, base):
        async with FarmClient(base, api.key) as client:
            project = await client.create_project("again")
            line.mark_bytes = 34 * MIB
            first = asyncio.create_task(client.upload_bundle(project.id, source))
            # Three parts are on their way at most, so by then others were answered.
            passed = asyncio.create_task(line.passed.wait())
            await asyncio.wait({first, passed}, return_when=asyncio.FIRST_COMPLETED)
            assert passed.done()
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
        before = line.sent_bytes
        async with FarmClient(base, api.key) as client:
            kept = await client.upload_bundle(project.id, source)
    assert kept.bundle is not None
    assert line.sent_bytes - before < SIZE - 4 * MIB
