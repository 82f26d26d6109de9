"""The marker file that makes After Effects log in English, whatever the machine's language."""

from __future__ import annotations

from pathlib import Path

from node_agent.home import Home
from node_agent.host.base import Host

MARKER = "ae_force_english.txt"
MADE = "english_marker_made"


def marker_of(host: Host) -> Path | None:
    """Give the marker's place; None where After Effects looks for none."""
    folder = host.documents()
    return None if folder is None else folder / MARKER


def force_english(host: Host, home: Home) -> bool:
    """Make the marker once in this agent's life; a person who takes it away again is obeyed.

    Gives whether it is there now. Raises OSError.
    """
    marker, made = marker_of(host), home.root / MADE
    if marker is None:
        return False
    if not marker.exists() and not made.exists():
        make_marker(marker)
        made.touch()
    return marker.exists()


def make_marker(marker: Path) -> None:
    """Make the marker; one that is there is left as it is. Raises OSError."""
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
