"""What a real engine sees on its machine: footage that is there, effects and fonts it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from node_agent.preview.dom.faces.files import ScriptFile
from node_agent.preview.dom.session import Session

# Ours stand in for a plain installation: Adobe's effects, the bundled ones, none of others.
BUNDLED: Final = ("ADBE ", "CC ", "CS ", "VISINF ", "Keylight")
LISTED: Final = ("ADBE Fill", "ADBE Tint", "ADBE Slider Control", "ADBE Color Control")


def footage_missing(session: Session, item: Any) -> bool:
    """Tell whether an item has a file that is neither at its place nor in the project's folder."""
    source = item.main_source
    stored = str(getattr(source, "file", None) or "")
    if not stored:
        return False
    names = list(getattr(source, "file_names", None) or ())
    if not names:
        return _found(session, stored) is None
    return all(_found(session, f"{stored}/{name}") is None for name in names)


def source_file(session: Session, source: Any) -> ScriptFile | None:
    """Give where the engine found a source's file, or where the project says it was."""
    stored = str(getattr(source, "file", None) or "")
    if not stored:
        return None
    return ScriptFile(_found(session, stored) or Path(stored))


def _found(session: Session, stored: str) -> Path | None:
    """Look as After Effects does: at the very place, else in the project's folder."""
    # Late: it brings the libraries that decode pictures.
    from node_agent.preview.draw.footage.files import FootageFinder

    if Path(stored).is_file():
        return Path(stored)
    folder = Path(str(session.app.project.file)).parent
    if session.finder is None or session.finder[0] != folder:
        session.finder = (folder, FootageFinder(folder, folder))
    found: Path | None = session.finder[1].find(stored)
    return found


def missing_path(session: Session, source: Any) -> str:
    """Give the path of a missing file, the empty string for one that is there."""
    stored = str(source.file or "")
    items = session.app.project.items.values()
    owner = next((item for item in items if getattr(item, "main_source", None) is source), None)
    return stored if owner is not None and footage_missing(session, owner) else ""


def effects(session: Session, _app: object) -> list[dict[str, str]]:
    """List the effects of the stand-in: the bundled ones among those that the project uses."""
    used = _used_effects(session) if session.app.loaded is not None else set()
    known = {name for name in used if name.startswith(BUNDLED)} | set(LISTED)
    return [
        {"displayName": name, "matchName": name, "category": "", "version": "1.0"}
        for name in sorted(known)
    ]


def _used_effects(session: Session) -> set[str]:
    found: set[str] = set()
    for comp in session.app.project.compositions:
        for layer in comp.layers:
            parade = next(
                (p for p in layer.properties if p.match_name == "ADBE Effect Parade"), None
            )
            found.update(effect.match_name for effect in (parade.properties if parade else ()))
    return found


def missing_fonts(session: Session, _fonts: object) -> list[dict[str, str]]:
    """List the fonts of the open project that this machine lacks, when the stand-in may know."""
    if session.font_names is None or session.app.loaded is None:
        return []
    present = session.font_names()
    used = {item["font"].post_script_name for item in session.app.project.used_fonts}
    return [{"postScriptName": name} for name in sorted(used - present)]


def used_fonts(_session: Session, project: Any) -> list[dict[str, Any]]:
    """List the fonts in use and the layers that use them."""
    return [
        {
            "font": {"postScriptName": entry["font"].post_script_name},
            "usedAt": [
                {"layerID": place["layer_id"], "layerTimeD": place["layer_time"]}
                for place in entry["used_at"]
            ],
        }
        for entry in project.used_fonts
    ]
