"""A scan that is too long to be kept is refused in a sentence, before the server reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import Invalid
from orchestrator.usecases.scans.quick import scan_file
from orchestrator.wire.scan import MAX_SCAN_BYTES
from tests.fakes.rifx import CompSpec, LayerSpec, comps

PIECE = 20_000


async def test_a_project_that_offers_too_much_is_refused_with_what_to_do(tmp_path: Path) -> None:
    many = -(-MAX_SCAN_BYTES // PIECE)
    layers = tuple(LayerSpec(f"text {n}", text="x" * PIECE) for n in range(many))
    project, target = tmp_path / "t.aep", tmp_path / "scan.json"
    project.write_bytes(comps(CompSpec("Main", layers)))

    with pytest.raises(Invalid) as refused:
        await scan_file(project, "aep", "t.aep", None, target)

    assert refused.value.code == "scan_too_large"
    assert "Remove comps" in refused.value.message
    assert not target.exists()

    project.write_bytes(comps(CompSpec("Main", layers[:9])))
    found = await scan_file(project, "aep", "t.aep", None, target)
    assert len(found.scenes[0].elements) == 9
