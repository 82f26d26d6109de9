"""Runs the zip guard inside a limited process and prints one JSON object; standard library only.

Started as `python -I -S child.py BUNDLE MEMORY_BYTES CPU_S`; it may write to no file at all.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Inspect one bundle; print its manifest or its refusal; 0 either way."""
    bundle, memory_bytes, cpu_s = arguments
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from orchestrator.sandbox.launch import limit

    limit(int(memory_bytes), int(cpu_s), file_bytes=0)
    # It makes no cycles and ends soon; looking for some would take a third of its time.
    gc.disable()
    from orchestrator.bundle import BadBundle, inspect

    try:
        answer = {"manifest": inspect(Path(bundle)).to_dict()}
    except BadBundle as bad:
        answer = {"refused": {"code": bad.code, "entry": bad.entry, "message": bad.message}}
    except OSError as error:
        answer = {"failed": {"message": error.strerror or str(error)}}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
