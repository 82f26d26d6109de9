"""Chooses the one project file of a bundle among copies, auto-saves and Finder's shadows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from orchestrator.bundle.model import BadBundle

MAGIC_BYTES = 12
_AUTO_SAVE_FOLDER = "adobe after effects auto-save"
_AUTO_SAVE = re.compile(r" auto-save ?\d+\.aep$", re.IGNORECASE)
_SHOWN = 20


def is_project(head: bytes) -> bool:
    """Tell a project by its first 12 bytes, whatever its name says."""
    return head[:4] == b"RIFX" and head[8:12] == b"Egg!"


def is_junk(path: str) -> bool:
    """Tell what After Effects and macOS leave beside a project."""
    *folders, name = path.split("/")
    lowered = [folder.lower() for folder in folders]
    return (
        "__macosx" in lowered
        or _AUTO_SAVE_FOLDER in lowered
        or name.startswith("._")
        or name.lower().startswith("tmpaetoame")
        or _AUTO_SAVE.search(name) is not None
    )


def may_be_project(path: str) -> bool:
    """Tell whether a path could be the project, before its content is known."""
    return path.lower().endswith(".aep") and not is_junk(path)


def find_aep(files: Iterable[tuple[str, bytes]]) -> str:
    """Choose the project among (path, first bytes): the shallowest with a project's first bytes.

    Raises BadBundle when there is none, or more than one at the same depth; it lists them.
    """
    named = [(path, head) for path, head in files if may_be_project(path)]
    real = [path for path, head in named if is_project(head)]
    if not real:
        listed = ", ".join(path for path, _ in named[:_SHOWN])
        why = f"{listed} is not an After Effects project" if named else "there is no .aep in it"
        raise BadBundle("no_project", None, f"{why}; put the one project into the zip")
    depth = min(path.count("/") for path in real)
    shallowest = sorted(path for path in real if path.count("/") == depth)
    if len(shallowest) > 1:
        listed = ", ".join(repr(path) for path in shallowest[:_SHOWN])
        raise BadBundle(
            "two_projects", shallowest[1], f"there are several projects: {listed}; keep one"
        )
    return shallowest[0]
