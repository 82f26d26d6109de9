"""The state of one run of the stand-in: the open project, the permissions, what a script did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from node_agent.preview.config import PreviewConfig
from node_agent.preview.dom.face import ScriptError


@dataclass(slots=True)
class Application:
    """Be the `app` object; `loaded` is the library's application, None without a project."""

    loaded: Any = None
    exit_code: int = 0
    quitting: bool = False
    suppressed: int = 0
    dialogs: list[str] = field(default_factory=list)

    @property
    def project(self) -> Any:
        """Give the open project; raise ScriptError when there is none."""
        if self.loaded is None:
            raise ScriptError("After Effects error: no project is open")
        return self.loaded.project


@dataclass(slots=True)
class Session:
    """Hold what one script run shares; `say` receives lines for the console.

    `environ` is what `$.getenv` may read, `finder` looks for footage from the open project's folder
    on. `revision` counts the script's changes, so that
    `evaluation`, what expressions were found to give, is made anew after each.
    """

    config: PreviewConfig
    home: Path
    say: Callable[[str], None]
    environ: dict[str, str] = field(default_factory=dict)
    app: Application = field(default_factory=Application)
    font_names: Callable[[], frozenset[str]] | None = None
    revision: int = 0
    evaluation: object = None
    finder: tuple[Path, Any] | None = None


@dataclass(slots=True)
class ListOf:
    """Be a collection of the object model: counted from 1 by `item`."""

    kind: str
    owner: Any


@dataclass(slots=True)
class Fonts:
    """Be `app.fonts`."""


@dataclass(slots=True)
class Prefs:
    """Be `app.preferences`."""
