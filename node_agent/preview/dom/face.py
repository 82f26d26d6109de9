"""What a script may see of one class: its readable and writable attributes and its methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from node_agent.preview.dom.session import Session

Getter = Callable[["Session", Any], Any]
Setter = Callable[["Session", Any, Any], None]
Method = Callable[..., Any]


class ScriptError(Exception):
    """Be the error that the script sees; the message is what a script can catch and print."""


@dataclass(frozen=True, slots=True)
class Face:
    """List what a script may do with one class; nothing else can be reached.

    Getters take (session, object), setters (session, object, value), methods
    (session, object, *arguments). `make` builds a new object for `new Name(...)`.
    """

    name: str
    parent: str | None = None
    get: Mapping[str, Getter] = field(default_factory=dict)
    put: Mapping[str, Setter] = field(default_factory=dict)
    call: Mapping[str, Method] = field(default_factory=dict)
    make: Method | None = None


def snake(name: str) -> str:
    """Turn an attribute's name in scripts into the library's: `frameRate` to `frame_rate`."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def reads(names: Iterable[str]) -> dict[str, Getter]:
    """Make getters for attributes that the library has under the same name."""
    return {name: _reader(snake(name)) for name in names}


def writes(names: Iterable[str]) -> dict[str, Setter]:
    """Make setters for attributes that the library has under the same name."""
    return {name: _writer(snake(name)) for name in names}


def _reader(attribute: str) -> Getter:
    def read(_session: Session, target: Any) -> Any:
        return getattr(target, attribute, None)

    return read


def _writer(attribute: str) -> Setter:
    def write(_session: Session, target: Any, value: Any) -> None:
        setattr(target, attribute, value)

    return write


def whole(value: object, what: str) -> int:
    """Give an argument as a whole number; raise ScriptError naming it otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise ScriptError(f"{what} must be a whole number")
    return int(value)


def words(value: object, what: str) -> str:
    """Give an argument as a string; raise ScriptError naming it otherwise."""
    if not isinstance(value, str):
        raise ScriptError(f"{what} must be a string")
    return value
