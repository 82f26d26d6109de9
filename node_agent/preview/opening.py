"""Opens a project file for scripts and for drawing; a render queue in an old layout is left out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

# Size in bytes of one item of the queue in the layout the library reads and writes.
QUEUE_ITEM_SIZE: Final = 2246


def open_application(path: Path) -> Any:
    """Give the library's application for a project file; any exception of the library may come.

    Releases before CC 2018 keep smaller queue items, which the library cannot read, and beside
    which what it writes cannot be read again.
    """
    # What the library finds odd is no news to whoever reads our errors.
    logging.getLogger("py_aep").handlers[:] = [logging.NullHandler()]
    # It takes a second to import: not before it is needed.
    from py_aep.binary.chunk import read_aep
    from py_aep.parsers.application import parse_app
    from py_aep.parsers.project import parse_project

    with path.open("rb") as file:
        root, metadata = read_aep(file, defer_list_types=frozenset({"Layr"}))
    root.chunks[:] = [chunk for chunk in root.chunks if not _is_old_queue(chunk)]
    return parse_app(root, parse_project(root, metadata, str(path)))


def _is_old_queue(chunk: Any) -> bool:
    if getattr(chunk, "list_type", None) != "LRdr":
        return False
    settings = next((c for c in chunk.chunks if getattr(c, "list_type", None) == "list"), None)
    header = None if settings is None else next(iter(settings.chunks), None)
    return getattr(header, "item_size", QUEUE_ITEM_SIZE) != QUEUE_ITEM_SIZE
