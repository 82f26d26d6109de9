"""What can go wrong on a node, named by what to do next.

AgentError
+-- RetryLater   the same call may go through later; nothing is lost
|   +-- NotKnown the server does not know this node's signature now: a person may have to help
|   +-- Different what comes is whole, again and again, and is not what was announced
+-- LeaseLost    the attempt is no longer ours: end the tree, delete the folder, report nothing
+-- Refused      the server will never take this call: drop it and say so in the log
+-- TaskBroken   the attempt failed with a typed cause: report it
|   +-- NodeBroken  the cause is this machine: report it, then take no work for a while
+-- Fatal        the agent cannot go on: say why and exit
"""

from __future__ import annotations

import errno
from pathlib import Path

from orchestrator.wire.failures import NODE_BLAMED, Failure, FailureClass


class AgentError(Exception):
    """Be the root of what the agent raises."""


class RetryLater(AgentError):
    """Say that the server could not be reached or could not answer now."""


class NotKnown(RetryLater):
    """Say that the server knows neither this node nor its signature, which may be its own fault."""


class Different(RetryLater):
    """Say that a stored object is not what was announced: it was damaged or replaced."""


class LeaseLost(AgentError):
    """Say that the attempt is no longer ours."""


class Refused(AgentError):
    """Say that the server refused a call for good."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"The server refused the call ({status} {code}): {message}")
        self.status = status
        self.code = code


class TaskBroken(AgentError):
    """Carry the failure that the attempt is to report."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class NodeBroken(TaskBroken):
    """Carry a failure whose cause is this machine."""


class Fatal(AgentError):
    """Say why the agent cannot go on, and what to do."""


def broken(
    failure_class: FailureClass,
    code: str,
    message: str,
    *,
    stage: str | None = None,
    line: str | None = None,
    frame: int | None = None,
    frames: str | None = None,
) -> TaskBroken:
    """Make the error of a failed attempt; causes of the node's own become NodeBroken.

    `frames` are ranges of those that are missing or damaged.
    """
    failure = Failure(
        failure_class=failure_class,
        code=code,
        message=clean(message),
        line=None if line is None else clean(line),
        stage=stage,
        frame=frame,
        frames=frames,
    )
    return of_failure(failure)


def of_failure(failure: Failure) -> TaskBroken:
    """Wrap a failure in the error that says whether the node takes more work."""
    kind = NodeBroken if failure.failure_class in NODE_BLAMED else TaskBroken
    return kind(failure)


def of_os_error(error: OSError, place: Path, *, stage: str | None = None) -> TaskBroken:
    """Name a file system error of this machine: disk full, no permission, or its own words."""
    full = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
    if error.errno in full:
        code, told = "disk_full", f"The disk that holds {place} is full. Free space on this node."
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        code = "no_write_permission"
        told = f"The agent may not write to {place}. Give it the permission or another --data."
    else:
        code, told = "disk_error", f"The disk failed at {place}: {error}. Look after this node."
    return broken(FailureClass.NODE, code, told, stage=stage)


def clean(text: str, limit: int = 4000) -> str:
    """Cut and scrub words from outside so that they may stand in a message on the wire."""
    kept = "".join(
        char if char.isprintable() else " " for char in text if not "\ud800" <= char <= "\udfff"
    )
    return kept.strip()[:limit]
