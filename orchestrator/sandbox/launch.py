"""Limits itself, then becomes another program; standard library only.

Started as `python -I -S launch.py MEMORY_BYTES CPU_S FILE_BYTES PROGRAM ARGUMENT...`.
"""

from __future__ import annotations

import os
import subprocess
import sys


def limit(memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Bound memory, CPU and the size of written files, forbid core dumps, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
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
    """Become the program; Windows has no such thing, there it runs as a child."""
    memory_bytes, cpu_s, file_bytes, *command = arguments
    limit(int(memory_bytes), int(cpu_s), int(file_bytes))
    if sys.platform != "win32":
        os.execv(command[0], command)  # noqa: S606
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
