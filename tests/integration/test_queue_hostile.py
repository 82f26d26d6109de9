"""A node that its owner turned against the farm harms no more than its own attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.errors import Invalid
from orchestrator.usecases.tasks import fence, frames
from orchestrator.usecases.tasks.check import MAX_KINDS, MAX_REMARK, remarks
from orchestrator.wire.tasks import FrameResult, FramesReport, ResultReport
from tests.support.farm import Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_a_frame_where_no_object_can_lie_is_refused(farm: Farm) -> None:
    # Kept, it would break every later claim of the export that is given it.
    await farm.job("0-9", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    claim = node.claimed(chunk)
    for tail in ("../../../media/x", "a//b", ".meta", "x" * 300):
        key = fence.object_prefix(chunk.job_id, claim) + tail
        frame = FrameResult(frame=0, sha256="0" * 64, size_bytes=1, key=key)
        report = FramesReport(token=chunk.token, frames=(frame,))

        with pytest.raises(Invalid) as caught:
            await frames.record(farm.deps, claim, report)

        assert caught.value.code == "foreign_object", tail


def test_remarks_are_kept_at_a_length_that_lists_can_carry() -> None:
    report = ResultReport(
        token="0." + "0" * 32,
        outcome="succeeded",
        warnings=("w" * 100_000,),
        unsupported={f"{number}{'k' * 5000}": 1 for number in range(1000)},
    )

    warnings, kinds = remarks(report)

    assert [len(text) for text in warnings] == [MAX_REMARK]
    assert len(kinds) == MAX_KINDS
    assert max(map(len, kinds)) == MAX_REMARK
