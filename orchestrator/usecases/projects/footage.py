"""Look at an uploaded project for what would go wrong on a node: footage, before it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from orchestrator.bundle import Manifest
from orchestrator.core.templates.scanning.footage import NETWORK
from orchestrator.errors import FarmError, Invalid
from orchestrator.usecases.scans.quick import scan_file
from orchestrator.wire.base import FieldProblem

_ABOUT_FOOTAGE = "footage_"
MOST = 200


async def look_at_footage(path: Path, manifest: Manifest, target: Path) -> list[FieldProblem]:
    """Give the footage that nodes could not find, in comps that the final comp uses.

    A project that cannot be read is a problem too, not a refusal: After Effects may read it.
    Raises Invalid (`footage_network`) for footage on a file server: to open such a project calls
    that server. `target` is where the scan may be written.
    """
    try:
        kind: Literal["zip", "alone"] = "zip" if manifest.kind == "zip" else "alone"
        found = await scan_file(path, kind, manifest.aep_path, None, target)
    except FarmError as error:
        return [FieldProblem(code=error.code, place=manifest.aep_path, message=error.message)]
    problems = [
        FieldProblem(code=one.code, place=one.place, message=one.message)
        for one in found.problems
        if one.code.startswith(_ABOUT_FOOTAGE)
    ]
    refused = [one for one in problems if one.code == NETWORK]
    if refused:
        raise Invalid(
            f"The template uses footage on a file server: {refused[0].message}.",
            refused[:MOST],
            NETWORK,
        )
    return problems[:MOST]
