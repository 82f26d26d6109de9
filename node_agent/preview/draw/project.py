"""Opens a project with py-aep and turns each of its exceptions into one clear sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from node_agent.preview.opening import open_application

Project = Any
"""A py-aep Project."""

MAX_FILE_BYTES = 512 * 1024 * 1024


class ProjectUnreadable(Exception):
    """Say why a project cannot be opened, in one sentence for a person."""


def open_project(path: Path) -> tuple[Project, int]:
    """Give the project and the major After Effects version that saved it.

    A saved render queue in a form py-aep cannot read is left out: the comps still render.
    Raises ProjectUnreadable, whatever went wrong.
    """
    if not path.is_file():
        raise ProjectUnreadable(f"Project file does not exist: {path}")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ProjectUnreadable(f"Project file is larger than {MAX_FILE_BYTES} bytes: {path}")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != b"RIFX":
        raise ProjectUnreadable(f"file is damaged or not a binary project: {path}")
    try:
        application = open_application(path)
        return application.project, _major(str(application.version))
    except Exception as error:
        raise ProjectUnreadable(f"file is damaged: {path} ({_short(error)})") from error


def _major(version: str) -> int:
    head = version.split(".", 1)[0]
    return int(head) if head.isdigit() else 0


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:200]


def find_comp(project: Project, name: str) -> Any | None:
    """Give the first comp of that name in project order, as aerender does."""
    return next((comp for comp in project.compositions if comp.name == name), None)


def reachable(comp: Any) -> list[Any]:
    """Give `comp` and every comp nested in it, each once. Raises ProjectUnreadable."""
    found: dict[int, Any] = {}
    waiting = [comp]
    while waiting:
        item = waiting.pop()
        if id(item) in found:
            continue
        found[id(item)] = item
        try:
            waiting.extend(nested_comps(item))
        except Exception as error:
            # Layers are read late, so a damaged one is only met here.
            message = f'file is damaged: comp "{item.name}" cannot be read ({_short(error)})'
            raise ProjectUnreadable(message) from error
    return list(found.values())


def nested_comps(comp: Any) -> Iterator[Any]:
    """Yield the comps that layers of `comp` show."""
    for layer in comp.layers:
        source = getattr(layer, "source", None)
        if type(source).__name__ == "CompItem":
            yield source
