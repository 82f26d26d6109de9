"""Forms begin with the engine that the farm has."""

from __future__ import annotations

from pathlib import Path

from orchestrator.usecases.renders.offer import able_engines, usual_engine
from tests.support.farm import open_farm


async def test_a_farm_of_preview_nodes_alone_begins_with_their_engine(
    database: str, tmp_path: Path
) -> None:
    async with open_farm(database, tmp_path) as farm:
        await farm.node()
        assert usual_engine(await able_engines(farm.deps)) == "preview"


def test_a_farm_without_nodes_and_one_with_both_begin_with_after_effects() -> None:
    assert usual_engine(()) == "aftereffects"
    assert usual_engine(("aftereffects", "preview")) == "aftereffects"
