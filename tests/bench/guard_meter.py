"""Runs commands and tells what each took; a small process, whose own memory is not counted in.

Linux counts into a child's peak what its parent held when it was started, so the parent must be
small. One JSON list of words per line comes in; one JSON object per line goes out.
"""

import json
import os
import sys
import time


def measure(command: list[str]) -> dict[str, object]:
    """Run a command in an empty environment: `ms` of wall time, `mib` of memory, `answer`."""
    reading, writing = os.pipe()
    begin = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)]
    pid = os.posix_spawn(command[0], command, {}, file_actions=actions)
    os.close(writing)
    with open(reading, "rb") as stream:  # noqa: PTH123 - a handle has no path
        said = stream.read()
    _, state, usage = os.wait4(pid, 0)
    ms = (time.perf_counter() - begin) * 1000
    # Linux counts in KiB, macOS in bytes.
    mib = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return {"ms": ms, "mib": mib, "state": state, "answer": json.loads(said or "{}")}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(measure(json.loads(line))) + "\n")
        sys.stdout.flush()
