"""Reads a node's facts and writes the full scan's result, in a process with limits.

Started as `python -I facts_child.py ROOT FACTS BUNDLE KIND AEP_PATH MODE TARGET`; MODE may be
empty. It writes the ScanResult as JSON to TARGET, or prints one JSON object that says what is
wrong: a message, or the size_bytes of a result that is too large.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

MAX_AEP_BYTES = 512 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Judge the facts; what is wrong with them is told, not raised."""
    root, facts, bundle, kind, aep_path, mode, target = arguments
    sys.path.insert(0, root)
    from pydantic import ValidationError

    from orchestrator.aep import BadAep, read
    from orchestrator.bundle import BadBundle, read_entry
    from orchestrator.core.templates.full import NoFacts, full_scan
    from orchestrator.wire.content.facts import ScanFacts
    from orchestrator.wire.scan import MAX_SCAN_BYTES

    try:
        raw = Path(facts).read_bytes().removeprefix(b"\xef\xbb\xbf")
        told = ScanFacts.model_validate_json(raw)
        # Scripts cannot tell which version saved the file; the file itself does.
        file = Path(bundle)
        project = read(file if kind == "aep" else read_entry(file, aep_path, MAX_AEP_BYTES))
        found = full_scan(told, mode=mode or None, saved_by=project.version)  # type: ignore[arg-type]
        text = found.model_dump_json().encode()
        answer: dict[str, object] = {"ok": len(text) <= MAX_SCAN_BYTES, "size_bytes": len(text)}
        if answer["ok"]:
            Path(target).write_bytes(text)
    except NoFacts as bad:
        answer = {"ok": False, "message": f"The node could not read the project: {bad}"[:1000]}
    except (BadAep, BadBundle, ValidationError) as bad:
        kind_of = type(bad).__name__
        answer = {"ok": False, "message": f"The facts cannot be read ({kind_of}). Scan again."}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
