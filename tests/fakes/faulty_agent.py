"""The node agent with an engine that spoils frames as it is told; it notes how far each frame came.

Without the notes the engine would have to guess when a frame that it spoils was good before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_agent.cli import main
from node_agent.engines import aftereffects
from node_agent.report.client import Client
from node_agent.runner import verify
from tests.fakes.faulty_engine import note_of

see, upload = verify.see, Client.upload


def see_and_note(path: Path, *given: Any) -> Any:
    """Look at a frame; one that is good is noted."""
    found = see(path, *given)
    note_of(path, "seen").touch()
    return found


async def upload_and_note(self: Client, target: Any, source: Path, **given: Any) -> None:
    """Send a file; a frame that arrived is noted."""
    await upload(self, target, source, **given)
    if source.parent.name == "frames":
        note_of(source, "sent").touch()


if __name__ == "__main__":
    aftereffects.PREVIEW_MODULES = ("tests.fakes.faulty_engine", "node_agent.preview.afterfx")
    verify.see = see_and_note
    Client.upload = upload_and_note  # type: ignore[method-assign]
    main()
