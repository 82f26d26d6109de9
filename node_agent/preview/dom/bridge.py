"""Runs a script in a JavaScript engine that can reach nothing but the object model."""

from __future__ import annotations

import json
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Final

import quickjs

from node_agent.preview.dom import classes
from node_agent.preview.dom.face import ScriptError
from node_agent.preview.dom.faces import text
from node_agent.preview.dom.faces.files import ScriptFile, encoded
from node_agent.preview.dom.session import Session
from node_agent.preview.dom.values import Handles

# Methods that change nothing in the project.
READING: Final = frozenset(
    ("property", "layer", "item", "effect", "keyTime", "keyValue", "valueAtTime", "outputModule",
     "read", "write", "sourceRectAtTime")
)  # fmt: skip
MEMORY_LIMIT_BYTES: Final = 512 * 1024 * 1024
STACK_LIMIT_BYTES: Final = 4 * 1024 * 1024


class ScriptFailedError(Exception):
    """Say that a script ended with an error nobody caught; the message holds its stack."""


class Bridge:
    """Join one script engine to one session.

    The engine's own time limit cannot be used together with host functions, so whoever starts
    the stand-in bounds its time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._handles = Handles(classes.class_of)
        self._entered: list[Path] = []
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY_LIMIT_BYTES)
        self._context.set_max_stack_size(STACK_LIMIT_BYTES)
        self._context.add_callable("__host", self._answer)
        self._context.eval(f"globalThis.__spec = {json.dumps(self._spec())};")
        prelude = package_files("node_agent.preview.dom").joinpath("prelude.js")
        self._context.eval(prelude.read_text(encoding="utf-8"))

    def run(self, script: Path) -> None:
        """Run a script file; raise ScriptFailedError when it ends with an error."""
        source = script.read_text(encoding="utf-8-sig")
        self._entered.append(script)
        try:
            self._context.eval(source.replace("\x00", ""))
        except quickjs.JSException as error:
            raise ScriptFailedError(str(error)) from error
        finally:
            self._entered.pop()

    def _spec(self) -> dict[str, Any]:
        return {
            "app": self._handles.pack(self._session.app)["$h"],
            "classes": classes.script_classes(),
            "enums": classes.script_enums(),
            "textFields": list(text.READABLE),
            "textLocked": sorted(text.READ_ONLY),
            "universal": text.UNIVERSAL,
        }

    def _answer(self, message: str) -> str:
        """Answer one call of the script; errors travel as data, never as Python exceptions."""
        try:
            verb, number, name, packed = json.loads(message)
            value = self._dispatch(verb, number, name, self._handles.unpack(packed))
            return json.dumps({"value": self._handles.pack(value)})
        except ScriptError as error:
            return json.dumps({"error": str(error)})
        except Exception as error:  # noqa: BLE001 - the library raises bare errors on real projects
            return json.dumps(
                {"error": f"After Effects error: preview engine: {type(error).__name__}: {error}"}
            )

    def _dispatch(self, verb: str, number: int | None, name: str, values: list[Any]) -> Any:
        if verb in {"get", "put", "call"}:
            return self._on_object(verb, self._handles.find(number), name, values)
        if verb == "make":
            make = classes.FACES[name].make
            if make is None:
                raise ScriptError(f"After Effects error: cannot make a {name}")
            return make(self._session, *values)
        if verb == "dialog":
            self._session.app.dialogs.append(f"{name}: {values[0]}")
            raise ScriptError(f"After Effects error: {name}() would wait for a person: {values[0]}")
        if verb == "getenv":
            return self._session.environ.get(name)
        if verb == "say":
            self._session.say(str(values[0]))
            return None
        return self._on_script(verb, values)

    def _on_object(self, verb: str, target: Any, name: str, values: list[Any]) -> Any:
        owner = classes.class_of(target) or ""
        if verb == "get":
            read = classes.getter(owner, name)
            return None if read is None else read(self._session, target)
        if verb == "put":
            write = classes.setter(owner, name)
            if write is None:
                raise ScriptError(f"After Effects error: {name} of {owner} is read-only")
            self._session.revision += 1
            write(self._session, target, values[0])
            return None
        method = classes.method(owner, name)
        if method is None:
            raise ScriptError(f"After Effects error: {owner} has no method {name}")
        if name not in READING:
            self._session.revision += 1
        return method(self._session, target, *values)

    def _on_script(self, verb: str, values: list[Any]) -> Any:
        if verb == "script":
            return encoded(self._entered[-1]) if self._entered else ""
        if verb == "leave":
            self._entered.pop()
            return None
        if verb == "enter" and isinstance(values[0], ScriptFile):
            path = values[0].path
            if not path.is_file():
                raise ScriptError(f"File or folder does not exist: {path.name}")
            self._entered.append(path)
            return path.read_text(encoding="utf-8-sig")
        raise ScriptError(f"unknown request {verb!r}")
