"""The output modules that the farm needs, in the preview engine's own folder."""

from __future__ import annotations

from pathlib import Path

from node_agent.errors import Fatal
from node_agent.preview.templates_store import FARM, TemplatesError, add_templates, read_templates


def missing_templates(home: Path, *, fix: bool) -> list[str]:
    """Give the farm's output modules that are not there as they should be; `fix` makes them.

    Raises Fatal when the templates file is damaged or cannot be written.
    """
    try:
        if fix:
            return add_templates(home)
        have = read_templates(home)
    except (TemplatesError, OSError) as error:
        raise Fatal(f"The preview engine's output modules cannot be kept: {error}") from error
    return [name for name, wanted in FARM.items() if have.get(name) != wanted]
