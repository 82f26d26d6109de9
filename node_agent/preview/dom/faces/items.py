"""The project and its items: compositions, footage, folders, their sources and imports."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from node_agent.preview.dom.face import Face, ScriptError, reads, whole, words, writes
from node_agent.preview.dom.faces.files import ScriptFile, as_path
from node_agent.preview.dom.faces.sight import (
    footage_missing,
    missing_path,
    source_file,
    used_fonts,
)
from node_agent.preview.dom.session import ListOf, Session


def item_at(_session: Session, collection: ListOf, index: object) -> Any:
    """Give the item at a place counted from 1."""
    items = _listed(collection.owner)
    place = whole(index, "index of an item")
    if not 1 <= place <= len(items):
        raise ScriptError(f"After Effects error: there is no item {place}; there are {len(items)}")
    return items[place - 1]


def _project_item(session: Session, project: Any, index: object) -> Any:
    return item_at(session, ListOf("items", project), index)


def _count(_session: Session, project: Any) -> int:
    return len(_listed(project))


def _listed(project: Any) -> list[Any]:
    """Give every item but the root folder, which scripts do not count."""
    root = project.root_folder
    return [item for item in project.items.values() if item is not root]


def save_project(session: Session, project: Any, file: object = None) -> None:
    """Save under a name, over what is there, as After Effects does."""
    if not session.config.scripting_allowed:
        raise ScriptError("After Effects error: scripts are not allowed to write files")
    path = as_path(file, "the file to save to") if file is not None else Path(project.file)
    draft = path.with_name(f"{path.name}.saving")
    draft.unlink(missing_ok=True)
    try:
        project.save(draft)
        draft.replace(path)
    except OSError as error:
        raise ScriptError(f"After Effects error: cannot save {path.name!r}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def close_project(session: Session, _project: Any, _option: object = None) -> bool:
    """Close the project; what was not saved is gone."""
    session.app.loaded = None
    return True


def make_import_options(_session: Session, file: object = None) -> Any:
    """Make ImportOptions for a file; the file must exist, as in After Effects."""
    import py_aep

    path = as_path(file, "the file to import")
    if not path.is_file():
        raise ScriptError(f"After Effects error: file {path.name!r} does not exist")
    return py_aep.ImportOptions(path)


def import_file(_session: Session, project: Any, options: object = None) -> Any:
    """Import footage; raise ScriptError naming the file when it cannot be read."""
    import py_aep

    if not isinstance(options, py_aep.ImportOptions):
        raise ScriptError("After Effects error: importFile needs ImportOptions")
    try:
        return project.import_file(options)
    except Exception as error:
        raise ScriptError(
            f"After Effects error: cannot import {options.file.name!r}: {error}"
        ) from error


def _replace(_session: Session, item: Any, file: object = None) -> None:
    path = as_path(file, "the replacing file")
    try:
        item.replace(path)
    except Exception as error:
        raise ScriptError(f"After Effects error: cannot use {path.name!r}: {error}") from error


def _add_comp(_session: Session, collection: ListOf, *arguments: Any) -> Any:
    return collection.owner.root_folder.add_comp(*arguments)


def _find_layer(_session: Session, comp: Any, key: object) -> Any:
    layers = comp.layers
    if isinstance(key, str):
        found = next((layer for layer in layers if layer.name == key), None)
    else:
        place = whole(key, "index of a layer")
        found = layers[place - 1] if 1 <= place <= len(layers) else None
    if found is None:
        raise ScriptError(f"After Effects error: no layer {key!r} in comp {comp.name!r}")
    return found


def _layers_add(_session: Session, collection: ListOf, item: Any, *rest: Any) -> Any:
    return collection.owner.add(item, *rest)


def _remove(_session: Session, item: Any) -> None:
    item.remove()


def _file_of(_session: Session, target: Any) -> ScriptFile | None:
    path = getattr(target, "file", None)
    return ScriptFile(Path(path)) if path else None


def _add_solid(_session: Session, collection: ListOf, *arguments: Any) -> Any:
    if len(arguments) not in {5, 6}:
        raise ScriptError(
            "After Effects error: addSolid needs a colour, a name, a width, a height, a ratio"
        )
    try:
        return collection.owner.add_solid(*arguments)
    except (ValueError, TypeError) as error:
        raise ScriptError(f"After Effects error: cannot add a solid: {error}") from error


def _add_text(_session: Session, collection: ListOf, text: object = "") -> Any:
    return collection.owner.add_text(words(text, "text"))


_COMP_WRITES = (
    "name", "width", "height", "duration", "frameRate", "workAreaStart", "workAreaDuration",
    "displayStartTime", "displayStartFrame", "bgColor",
)  # fmt: skip
_AV_READS = (
    "width", "height", "pixelAspect", "frameRate", "duration", "hasAudio", "hasVideo",
    "useProxy", "proxySource", "usedIn", "time",
)  # fmt: skip
_SOLID_READS = ("color",)

FACES: Final = (
    Face(
        "Project",
        get={
            "numItems": _count,
            "items": lambda _s, project: ListOf("items", project),
            "file": _file_of,
            "renderQueue": lambda _s, project: project.render_queue,
            "rootFolder": lambda _s, project: project.root_folder,
            "usedFonts": used_fonts,
            **reads(
                (
                    "activeItem",
                    "bitsPerChannel",
                    "expressionEngine",
                    "workingSpace",
                    "linearBlending",
                )
            ),
        },
        call={
            "item": _project_item,
            "save": save_project,
            "close": close_project,
            "importFile": import_file,
        },
    ),
    Face(
        "ItemCollection",
        get={"length": lambda s, items: _count(s, items.owner)},
        call={"item": item_at, "addComp": _add_comp},
    ),
    Face("ImportOptions", get={"file": _file_of}, make=make_import_options),
    Face(
        "Item",
        get=reads(("id", "name", "comment", "typeName", "parentFolder", "label", "selected")),
        put=writes(("name", "comment")),
        call={"remove": _remove},
    ),
    Face("FolderItem", "Item", get=reads(("numItems",))),
    Face(
        "AVItem",
        "Item",
        get=reads(_AV_READS),
        call={"setProxyToNone": lambda _s, item: item.set_proxy_to_none()},
    ),
    Face(
        "CompItem",
        "AVItem",
        get={
            "frameDuration": lambda _s, comp: 1.0 / comp.frame_rate,
            "layers": lambda _s, comp: ListOf("layers", comp),
            "footageMissing": lambda _s, _comp: False,
            **reads((*_COMP_WRITES, "numLayers", "markerProperty")),
        },
        put=writes(_COMP_WRITES),
        call={"layer": _find_layer, "duplicate": lambda _s, comp: comp.duplicate()},
    ),
    Face(
        "LayerCollection",
        get={"length": lambda _s, layers: layers.owner.num_layers},
        call={"add": _layers_add, "addSolid": _add_solid, "addText": _add_text},
    ),
    Face(
        "FootageItem",
        "AVItem",
        get={
            "file": _file_of,
            "mainSource": lambda _s, item: item.main_source,
            "footageMissing": footage_missing,
        },
        call={"replace": _replace},
    ),
    Face(
        "FootageSource",
        get=reads(("isStill", "hasAlpha", "alphaMode", "loop")),
        put=writes(("loop",)),
    ),
    Face(
        "FileSource",
        "FootageSource",
        get={"file": source_file, "missingFootagePath": missing_path},
    ),
    Face("SolidSource", "FootageSource", get=reads(_SOLID_READS), put=writes(_SOLID_READS)),
    Face("PlaceholderSource", "FootageSource"),
)
