"""Run a program over a tenant's file with little memory, CPU, disk and time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")
_MAX_OUTPUT = 64 * 1024
_KEPT = ("SYSTEMROOT", "TEMP", "TMP") if sys.platform == "win32" else ("TMPDIR",)


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What the program may use; `timeout_s` is wall time, `file_bytes` bounds what it writes."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended: exit code (negative for a signal), the last of what it printed."""

    code: int
    output: bytes
    errors: bytes
    timed_out: bool = False


async def run_limited(command: tuple[str, ...], limits: ProgramLimits) -> Ended:
    """Run a program to its end; it is killed when its time is over or the caller is cancelled."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-S", "-B", "-X", "utf8", str(_LAUNCH)),
        *(str(limits.memory_bytes), str(limits.cpu_s), str(limits.file_bytes)),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        async with asyncio.timeout(limits.timeout_s):
            output, errors = await asyncio.gather(_tail(child.stdout), _tail(child.stderr))
            code = await child.wait()
    except TimeoutError:
        return Ended(-1, b"", b"", timed_out=True)
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return Ended(code, output, errors)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    """Read to the end and keep the last bytes, so that no flood fills the memory."""
    kept = b""
    while block := await stream.read(_MAX_OUTPUT):
        kept = (kept + block)[-_MAX_OUTPUT:]
    return kept
