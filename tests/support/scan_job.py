"""Run scan.jsx in the AfterFX stand-in, and compare what it found with the quick scan."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from node_agent.engines.scan import lay_scan, read_facts
from node_agent.preview.config import PreviewConfig
from node_agent.preview.dom.bridge import Bridge
from node_agent.preview.dom.session import Session
from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.core.templates.full import full_scan
from orchestrator.wire.bind import Mode
from orchestrator.wire.content.facts import ScanFacts
from orchestrator.wire.scan import ScanResult

MODES: tuple[Mode | None, ...] = (None, *get_args(Mode))
# What DIFFERENCES of the full scan allows: each part and what a comparison leaves out for it.
ONLY_FULL = frozenset(
    {"font_missing", "font_unproved", "effect_missing", "expression_error", "footage_missing"}
)


@dataclass
class ScanJob:
    """Be one folder in which the script runs; `fonts` are those of the machine, None for all."""

    folder: Path
    config: PreviewConfig = field(default_factory=PreviewConfig)
    fonts: frozenset[str] | None = None
    said: list[str] = field(default_factory=list)

    def run(self, project: Path, evaluate_s: float = 60.0) -> ScanFacts:
        """Run the script inside this process; give the facts as the node reads them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        script, run = lay_scan(self.folder, project, evaluate_s)
        known = self.fonts
        session = Session(
            self.config,
            self.folder / "home",
            self.said.append,
            font_names=None if known is None else lambda: known,
        )
        Bridge(session).run(script)
        return read_facts(Path(run.result))


def facts_of(project: Path) -> ScanFacts:
    """Run the script in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return ScanJob(Path(folder)).run(project)


def both_scans(project: Path, facts: ScanFacts, mode: Mode | None) -> tuple[ScanResult, ScanResult]:
    """Give the quick and the full scan of one project."""
    read = aep.read(project)
    quick = scan_project(read, mode=mode)
    return quick, full_scan(facts, mode=mode, saved_by=read.version)


def comparable(found: ScanResult) -> dict[str, Any]:
    """Give a result without what DIFFERENCES names; times and sizes to a ten-thousandth."""
    body = json.loads(found.model_dump_json(), parse_float=lambda text: round(float(text), 4))
    del body["full"]
    body["problems"] = [p for p in body["problems"] if p["code"] not in ONLY_FULL]
    for item in body["footage"]:
        del item["missing"]
        item["path"] = item["path"].replace("\\", "/").rpartition("/")[2]
    return dict(body)


def differences(project: Path, facts: ScanFacts) -> list[str]:
    """List where the two scans differ beyond what is allowed, in any mode."""
    found: list[str] = []
    for mode in MODES:
        quick, full = both_scans(project, facts, mode)
        _compare(f"{mode}", comparable(quick), comparable(full), found)
    return found


def _compare(place: str, quick: Any, full: Any, found: list[str]) -> None:
    if isinstance(quick, dict) and isinstance(full, dict) and quick.keys() == full.keys():
        for key in quick:
            _compare(f"{place}.{key}", quick[key], full[key], found)
    elif isinstance(quick, list) and isinstance(full, list) and len(quick) == len(full):
        for index, (one, other) in enumerate(zip(quick, full, strict=True)):
            _compare(f"{place}[{index}]", one, other, found)
    elif quick != full:
        found.append(f"{place}: {quick!r:.120} is not {full!r:.120}")
