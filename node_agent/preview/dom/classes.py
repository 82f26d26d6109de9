"""Which class a script sees for each object of ours, and the whole list of faces and constants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from node_agent.preview.dom.face import Face, Getter, Method, Setter
from node_agent.preview.dom.faces import application, files, items, layers, properties, queue
from node_agent.preview.dom.session import Application, Fonts, ListOf, Prefs

FACES: Final[Mapping[str, Face]] = MappingProxyType(
    {
        face.name: face
        for room in (application, files, items, layers, properties, queue)
        for face in room.FACES
    }
)
COLLECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"items": "ItemCollection", "layers": "LayerCollection", "queue": "RQItemCollection"}
)
OURS: Final[Mapping[type, str]] = MappingProxyType(
    {
        Application: "Application",
        Prefs: "Preferences",
        Fonts: "FontsObject",
        files.ScriptFile: "File",
        files.ScriptFolder: "Folder",
    }
)
# The constants that scripts use by name, as enumerations of the library.
ENUMS: Final = (
    "BlendingMode", "CloseOptions", "ComposerEngine", "DigitSet", "ImportAsType",
    "KeyframeInterpolationType", "MaskMode", "ParagraphDirection", "ParagraphJustification",
    "PropertyType", "PropertyValueType", "RQItemStatus", "TrackMatteType",
)  # fmt: skip


def _library_class(kind: type) -> str | None:
    for ancestor in kind.__mro__:
        if ancestor.__name__ in FACES or ancestor.__name__ in {"TextDocument", "Shape"}:
            return ancestor.__name__
    return None


def class_of(value: Any) -> str | None:
    """Give the name of the class that a script sees; None for what it may not see."""
    if isinstance(value, ListOf):
        return COLLECTIONS[value.kind]
    ours = OURS.get(type(value))
    if ours is not None:
        return ours
    if type(value).__module__.split(".", 1)[0] != "py_aep":
        return None
    return _library_class(type(value))


def getter(name: str, attribute: str) -> Getter | None:
    """Find a getter in a class or its ancestors."""
    face = FACES.get(name)
    while face is not None:
        if attribute in face.get:
            return face.get[attribute]
        face = FACES.get(face.parent or "")
    return None


def setter(name: str, attribute: str) -> Setter | None:
    """Find a setter in a class or its ancestors."""
    face = FACES.get(name)
    while face is not None:
        if attribute in face.put:
            return face.put[attribute]
        face = FACES.get(face.parent or "")
    return None


def method(name: str, attribute: str) -> Method | None:
    """Find a method in a class or its ancestors."""
    face = FACES.get(name)
    while face is not None:
        if attribute in face.call:
            return face.call[attribute]
        face = FACES.get(face.parent or "")
    return None


def script_classes() -> list[dict[str, Any]]:
    """Describe every class for the script side, parents before children."""
    ordered: list[Face] = []

    def place(face: Face) -> None:
        if face in ordered:
            return
        if face.parent is not None:
            place(FACES[face.parent])
        ordered.append(face)

    for face in FACES.values():
        place(face)
    return [
        {
            "name": face.name,
            "parent": face.parent,
            "get": sorted(face.get),
            "put": sorted(face.put),
            "call": sorted(face.call),
            "make": face.make is not None,
        }
        for face in ordered
    ]


def script_enums() -> dict[str, dict[str, int]]:
    """Give the constants by enumeration and name."""
    import py_aep

    return {name: {member.name: int(member) for member in getattr(py_aep, name)} for name in ENUMS}
