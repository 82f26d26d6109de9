"""Runs the stand-in: python -m node_agent.preview.aerender -project P -rqindex 1 -output O."""

import io
import os
import sys

from node_agent.host.posix import limit_memory
from node_agent.preview.aerender.lines import Lines
from node_agent.preview.aerender.run import ENGINE, main
from node_agent.preview.config import preview_memory

SOCKET_LOST = 11


def _program() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As After Effects from 2022 on: UTF-8 whatever the console's code page is.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    limit_memory(preview_memory())
    try:
        return main(sys.argv[1:])
    except MemoryError:
        Lines().error("After Effects error: not enough memory for this render.")
        return ENGINE
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Nobody reads any more; keep the interpreter from complaining while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOCKET_LOST


if __name__ == "__main__":
    sys.exit(_program())
