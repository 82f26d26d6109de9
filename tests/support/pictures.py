"""Draw pictures of scenes as a node does, as far as the server sees it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

from PIL import Image

from orchestrator.usecases.tasks.fence import object_prefix
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.tasks import Grant, Output
from tests.support.farm import Agent, Farm


def png(color: str, size: tuple[int, int] = (64, 36)) -> bytes:
    """Make a picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()


async def upload(farm: Farm, agent: Agent, grant: Grant, place: int, content: bytes) -> Output:
    """Put a picture where the attempt's outputs go, and describe it as the node does."""
    key = f"{object_prefix(None, agent.claimed(grant))}stills/{place:04d}.png"

    async def stream() -> AsyncIterator[bytes]:
        yield content

    stored = await farm.deps.objects.put(key, stream(), max_bytes=10**6)
    return Output(
        kind="still", key=key, content_type="image/png", size_bytes=stored.size_bytes,
        sha256=stored.sha256, width=64, height=36, place=place,
    )  # fmt: skip


async def draw(farm: Farm, agent: Agent, *colors: str) -> SnapshotSpec:
    """Do the one snapshot task that waits; give what was asked of the node."""
    (grant,) = await agent.claim()
    assert isinstance(grant.spec, SnapshotSpec)
    outputs = [await upload(farm, agent, grant, n, png(color)) for n, color in enumerate(colors)]
    done = await agent.succeed(grant, *outputs)
    assert done.task_state == "succeeded"
    return grant.spec
