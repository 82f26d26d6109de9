"""Reads one project and writes its quick scan, in a process with limits.

Started as `python -I scan_child.py ROOT BUNDLE KIND AEP_PATH MODE TARGET`; MODE may be empty. KIND
is zip, aep, or alone: an aep of which is told what footage it lacks, with no file beside it. It
writes the ScanResult as JSON to TARGET, or prints one JSON object that says what is wrong: a
message, or the size_bytes of a result that is too large.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

MAX_AEP_BYTES = 512 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Scan; what is wrong with the project is told, not raised."""
    root, bundle, kind, aep_path, mode, target = arguments
    sys.path.insert(0, root)
    from orchestrator.aep import BadAep, read
    from orchestrator.bundle import BadBundle, list_paths
    from orchestrator.core.templates.scan import scan_project
    from orchestrator.wire.scan import MAX_SCAN_BYTES

    try:
        project = read(_aep(Path(bundle), kind, aep_path))
        # Of a bare project's footage a scan says nothing: only a zip says what it lacks.
        files = {"aep": None, "alone": ()}[kind] if kind != "zip" else list_paths(Path(bundle))
        found = scan_project(project, mode=mode or None, files=files)  # type: ignore[arg-type]
        text = found.model_dump_json().encode()
        answer: dict[str, object] = {"ok": len(text) <= MAX_SCAN_BYTES, "size_bytes": len(text)}
        if answer["ok"]:
            Path(target).write_bytes(text)
    except (BadAep, BadBundle) as bad:
        answer = {"ok": False, "message": str(bad)[:1000]}
    sys.stdout.write(json.dumps(answer))
    return 0


def _aep(bundle: Path, kind: str, aep_path: str) -> bytes | Path:
    """Give the project: the file itself, or its bytes out of a zip that the guard has passed."""
    from orchestrator.bundle import read_entry

    return bundle if kind != "zip" else read_entry(bundle, aep_path, MAX_AEP_BYTES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
