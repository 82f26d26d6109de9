"""A real browser on a real farm, whose agent has the preview engine."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from orchestrator.embedded import Cluster
from tests.browser.visitor import ARGUMENTS, PATIENCE_MS, Visitor
from tests.support.machine import Needs
from tests.support.npm import Package
from tests.support.postgres import fresh_database
from tests.support.whole_farm import WholeFarm, whole_farm
from tests.support.witness import FAILED

AXE = Package(
    "axe-core",
    "4.14.1",
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5",
)


@pytest.fixture(scope="session")
async def chromium(needs: Needs) -> AsyncIterator[Browser]:
    """Run the system's chromium."""
    path = needs.program("chromium", "apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def axe(needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the script that looks for what keeps people out."""
    return AXE.unpack(needs, tmp_path_factory.mktemp("axe")) / "axe.min.js"


@pytest.fixture(scope="module")
async def farm(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> AsyncIterator[WholeFarm]:
    """Run a farm for a module."""
    async with (
        fresh_database(postgres, template) as dsn,
        whole_farm(dsn, tmp_path_factory.mktemp("browser")) as running,
    ):
        yield running


@pytest.fixture
async def visitor(
    chromium: Browser, farm: WholeFarm, request: pytest.FixtureRequest
) -> AsyncIterator[Visitor]:
    """Give a browser of nobody yet; at the end it has seen no error and asked nobody else."""
    async with Visitor.opened(chromium, farm) as one:
        yield one
        if request.node.stash.get(FAILED, False):
            sys.stdout.write(await one.seen_last(request.node.name))
    assert one.faults == []
    assert one.elsewhere == []
