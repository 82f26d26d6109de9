"""The command line of the limited child that makes a scan of a node's facts."""

from __future__ import annotations

from pathlib import Path


def facts_child_command(
    python: str,
    facts: Path,
    bundle: Path,
    kind: str,
    aep_path: str,
    mode: str | None,
    target: Path,
) -> tuple[str, ...]:
    """Give the command that writes the ScanResult to `target`; see facts_child.py."""
    here = Path(__file__).parent
    given = (facts.absolute(), bundle.absolute(), kind, aep_path, mode or "", target.absolute())
    words = (here.parents[1], *given)
    return (python, "-I", "-B", "-X", "utf8", str(here / "facts_child.py"), *map(str, words))
