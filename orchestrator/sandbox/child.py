"""Runs the zip guard inside a limited process and prints one JSON object; standard library only.

Started as `python -I -S child.py ROOT BUNDLE MEMORY_BYTES CPU_S`, it finds our package by ROOT.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Bound memory and CPU, forbid writing to files and core dumps, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (value, value))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise


def main(arguments: list[str]) -> int:
    """Inspect one bundle; print its manifest or its refusal; 0 either way."""
    root, bundle, memory_bytes, cpu_s = arguments
    limit(int(memory_bytes), int(cpu_s))
    sys.path.insert(0, root)
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
