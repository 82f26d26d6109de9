"""Lend every end-to-end test of one process the same running farm."""

from collections.abc import AsyncIterator

import pytest

from orchestrator.embedded import Cluster
from tests.support.postgres import fresh_database
from tests.support.whole_farm import WholeFarm, whole_farm


@pytest.fixture(scope="session")
async def started_farm(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WholeFarm]:
    """Start the farm once."""
    async with (
        fresh_database(postgres, template) as dsn,
        whole_farm(dsn, tmp_path_factory.mktemp("whole farm")) as farm,
    ):
        yield farm


@pytest.fixture
async def whole(started_farm: WholeFarm) -> WholeFarm:
    """Lend the farm, made whole again whatever the test before did to it."""
    await started_farm.heal()
    return started_farm
