"""The full scan's script: what is laid out for it, and how its file of facts is read.

A run is: `lay_scan`, then `aftereffects.run_script` with `Path(run.result).exists` as `finished`,
then `read_facts`. The engine's exit code tells nothing, and `run.progress` changes while it works.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from node_agent.engines.scripts import lay_script
from node_agent.errors import broken, clean
from orchestrator.wire.content.facts import ScanFacts, ScanRun
from orchestrator.wire.failures import FailureClass

SCRIPT, REQUEST = "scan.jsx", "scan_request.json"
RESULT, PROGRESS = "scan_facts.json", "scan_progress.txt"
MAX_FACTS_BYTES = 128 * 2**20
EVALUATE_S = 120.0


def lay_scan(folder: Path, project: Path, evaluate_s: float = EVALUATE_S) -> tuple[Path, ScanRun]:
    """Lay the script out in an empty folder of this run; give its path and what it was told."""
    run = ScanRun(
        project=str(project),
        result=str(folder / RESULT),
        progress=str(folder / PROGRESS),
        evaluate_s=evaluate_s,
    )
    return lay_script(folder, SCRIPT, REQUEST, run), run


def read_facts(path: Path) -> ScanFacts:
    """Read the result file.

    Raises FileNotFoundError when the script wrote none (as bind, that is a node's or an engine's
    fault), TaskBroken when it is no facts or tells that the project could not be read.
    """
    with path.open("rb") as stream:
        raw = stream.read(MAX_FACTS_BYTES + 1)
    if len(raw) > MAX_FACTS_BYTES:
        raise broken(
            FailureClass.TEMPLATE,
            "scan_too_large",
            f"The project has more to tell than {MAX_FACTS_BYTES // 2**20} MiB. Make it smaller.",
            stage="scan",
        )
    try:
        facts = ScanFacts.model_validate_json(raw.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise broken(
            FailureClass.UNKNOWN,
            "scan_result_unreadable",
            f"The result file of the scan cannot be read ({type(error).__name__}).",
            stage="scan",
            line=str(error)[:1000],
        ) from error
    if not facts.ok or facts.project is None:
        told = facts.errors[0].message if facts.errors else "the scan gave no reason"
        raise broken(FailureClass.TEMPLATE, "scan_failed", clean(told, 1000), stage="scan")
    return facts
