"""The bench command: `python -m tests.bench NAME [--json] [--quick] [--raw]`.

Runs on the loop that the orchestrator runs on, and so do the rivals.

Exit codes: 0 every bar held, 3 one fell short, 2 wrong use or a part it needs is missing,
130 stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from orchestrator.app import run
from tests.bench import bundle, farm, faults, pages, preview, queue, render, scan
from tests.bench.frame import CannotMeasure, Report, Wish

BENCHES: dict[str, Callable[[Wish], Coroutine[Any, Any, Report]]] = {
    "bundle": bundle.run,
    "scan": scan.run,
    "queue": queue.run,
    "farm": farm.run,
    "faults": faults.run,
    "preview": preview.run,
    "render": render.run,
    "pages": pages.run,
}


def main(words: list[str] | None = None) -> int:
    """Measure, print, and tell by the exit code whether every bar held."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--quick", action="store_true", help="small counts: a look, not a proof")
    parser.add_argument("--raw", action="store_true", help="print every run beside the medians")
    parser.add_argument("--nodes", type=int, help="farm: simulated nodes")
    parser.add_argument("--seconds", type=float, help="farm: how long it is measured")
    parser.add_argument(
        "--only",
        default="",
        help="queue: some of rivals,coalesced,depth,age; faults: chunk,outage,trust; "
        "bundle: hostile,deflated,stored; preview: geometry,sky,angel,trophy,fps",
    )
    given = parser.parse_args(words)
    only = frozenset(part for part in given.only.split(",") if part)
    wish = Wish(given.quick, given.nodes, given.seconds, only)
    try:
        report = run(BENCHES[given.name](wish))
    except KeyboardInterrupt:
        return 130
    except CannotMeasure as problem:
        sys.stderr.write(f"bench: {problem}\n")
        return 2
    found = report.document(raw=given.raw)
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if found["ok"] else 3


if __name__ == "__main__":
    sys.exit(main())
