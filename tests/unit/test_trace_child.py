"""The tracing child tells what it cannot do instead of breaking."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from orchestrator.sandbox import trace_child_path


def run(tmp_path: Path, content: bytes, *flags: str) -> str:
    """Trace some bytes; give why it was refused."""
    source = tmp_path / "picture"
    source.write_bytes(content)
    words = (str(trace_child_path()), str(source), str(tmp_path / "out"), "8", "640", "900000")
    done = subprocess.run(
        [sys.executable, "-I", *flags, *words], capture_output=True, check=True, timeout=60
    )
    return str(json.loads(done.stdout)["refused"])


def test_a_server_without_the_tracer_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, b"x", "-S") == "no_tracer"


def test_bytes_that_are_no_picture_are_damaged(tmp_path: Path) -> None:
    assert run(tmp_path, b"\x89PNG\r\n\x1a\n" + bytes(99)) == "damaged"
    assert not (tmp_path / "out").exists()
