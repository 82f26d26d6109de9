"""The chaos command: `python -m tests.chaos --seed N --seconds S [--faults a,b] --json`.

Exit codes: 0 every invariant held, 3 one did not, 2 wrong use, 130 stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import EVERY_S
from tests.chaos.run import Wish, run


def parse(words: list[str] | None = None) -> tuple[Wish, bool, bool]:
    """Read the command line; gives the wish, whether to print JSON, whether to keep the folder."""
    parser = argparse.ArgumentParser(prog="run.py chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--faults", default=",".join(EVERY_S), help="some of: %(default)s")
    parser.add_argument("--agents", type=int, default=6)
    parser.add_argument("--ttl", type=float, default=3, help="lease time in seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--keep", action="store_true", help="keep the run's folder with its logs")
    given = parser.parse_args(words)
    kinds = tuple(kind for kind in given.faults.split(",") if kind)
    unknown = sorted(set(kinds) - set(EVERY_S))
    if unknown:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(EVERY_S)}")
    if given.agents < 1 or given.seconds <= 0 or given.ttl < 1:
        parser.error("it takes an agent, some seconds and a lease time of a second or more")
    wish = Wish(given.seed, given.seconds, kinds, given.agents, given.ttl)
    return wish, given.json, given.keep


def main() -> int:
    """Run once in a folder of its own; print the figures."""
    wish, as_json, keep = parse()
    folder = Path(tempfile.mkdtemp(prefix="flatrender-chaos-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        figures = asyncio.run(run(wish, folder))
    except KeyboardInterrupt:
        return 130
    finally:
        if keep:
            sys.stderr.write(f"kept: {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in figures.items())
    return 0 if figures["ok"] else 3


if __name__ == "__main__":
    sys.exit(main())
