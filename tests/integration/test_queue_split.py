"""What bind decides for the frames of its job: the engine's major version and the module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.wire.agent import Capabilities, EngineInfo
from tests.support.farm import ABLE, Farm, open_farm


def _able(*majors: int) -> Capabilities:
    engines = [EngineInfo(kind="preview", version=f"{one}.0", major=one) for one in majors]
    return ABLE.model_copy(update={"engines": tuple(engines)})


OLD, NEW, BOTH = _able(24), _able(26), _able(24, 26)


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_frames_run_only_on_the_major_version_that_bound_them(farm: Farm) -> None:
    await farm.job("0-19", plan="split")
    old, new, both = [await farm.node(able=able) for able in (OLD, NEW, BOTH)]
    (bind,) = await old.claim()
    assert bind.engine_major is None
    bound = await old.upload(bind, "bound", "bound.aep", 0)
    await old.succeed(bind, bound, engine_version="24.1.0x12")
    assert await new.claim() == ()
    (chunk,) = await both.claim()
    assert (chunk.spec.kind, chunk.engine, chunk.engine_major) == ("frames", "preview", 24)
    await both.frames(chunk, "0-9", upload=True)
    await both.interrupt(chunk)
    assert await new.claim() == ()
    (again,) = await old.claim()
    await old.frames(again, "10-19", upload=True)
    assert (await old.succeed(again, frames_done="10-19")).task_state == "succeeded"
    (export,) = await new.claim()
    assert (export.spec.kind, export.engine_major) == ("export", None)


async def test_frames_stay_with_the_build_system_and_gpu_mode_that_bound_them(farm: Farm) -> None:
    await farm.job("0-19", plan="split")
    binder = await farm.node(able=OLD)
    engine = OLD.engines[0]
    others = [
        await farm.node(able=OLD.model_copy(update={"engines": (engine.model_copy(update=one),)}))
        for one in ({"version": "24.1"}, {"gpu": True})
    ]
    (bind,) = await binder.claim()
    bound = await binder.upload(bind, "bound", "bound.aep", 0)
    await binder.succeed(bind, bound, engine_version="24.0")
    assert [await one.claim() for one in others] == [(), ()]
    alike = await farm.node(able=OLD)
    assert len(await alike.claim()) == 1


async def test_a_binder_that_names_no_version_binds_nobody(farm: Farm) -> None:
    await farm.job("0-19", plan="split")
    old, new = [await farm.node(able=able) for able in (OLD, NEW)]
    (bind,) = await old.claim()
    await old.succeed(bind, await old.upload(bind, "bound", "bound.aep", 0), engine_version="x")
    (chunk,) = await new.claim()
    assert chunk.engine_major is None


async def test_frames_use_the_module_that_bind_left_and_keep_their_endings(farm: Farm) -> None:
    await farm.job("0-3", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    bound = await node.upload(bind, "bound", "bound.aep", 0)
    stock = bound.model_copy(update={"module": "TIFF Sequence with Alpha"})
    await node.succeed(bind, stock)
    (chunk,) = await node.claim()
    assert chunk.spec.kind == "frames"
    assert chunk.spec.module == "TIFF Sequence with Alpha"
    await node.frames(chunk, "0-3", upload=True, ending="tif")
    await node.succeed(chunk, frames_done="0-3")
    (export,) = await node.claim()
    assert [one.path for one in export.inputs] == [f"frames/{n:05d}.tif" for n in range(4)]
