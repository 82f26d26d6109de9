"""The AfterFX stand-in: `python -m node_agent.preview.afterfx [-m] [-noui] -r script.jsx`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node_agent.host.posix import limit_memory
from node_agent.preview.config import (
    PreviewConfig,
    PreviewConfigError,
    load_config,
    preview_home,
    preview_memory,
    preview_places,
    script_environment,
)

if TYPE_CHECKING:
    from node_agent.preview.dom.session import Session

USAGE: Final = "usage: AfterFX [-m] [-noui] -r <script.jsx>"
RUNNING: Final = "running"
MODAL_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Arguments:
    """Hold the command line; `new_instance` and `no_ui` change nothing here."""

    script: Path
    new_instance: bool = False
    no_ui: bool = False


class UsageError(Exception):
    """Say what is wrong with the command line."""


def read_arguments(words: Sequence[str]) -> Arguments:
    """Read Adobe's command line; raise UsageError naming what is wrong."""
    script: Path | None = None
    flags: set[str] = set()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in {"-m", "-noui"}:
            flags.add(word)
        elif word == "-r" and rest:
            script = Path(rest.pop(0))
        else:
            raise UsageError(f"cannot read {word!r}; {USAGE}")
    if script is None:
        raise UsageError(f"no script is given; {USAGE}")
    return Arguments(script, "-m" in flags, "-noui" in flags)


def main(words: Sequence[str] | None = None) -> int:
    """Run one script and end.

    The exit code is 0 whatever the script did, as with After Effects: only a file that the
    script wrote tells that it ran. Wrong use and a refused launch end with 1.
    """
    try:
        arguments = read_arguments(sys.argv[1:] if words is None else words)
        config = load_config()
    except (UsageError, PreviewConfigError) as error:
        _complain(str(error))
        return 1
    if config.launch_s > 0:
        time.sleep(config.launch_s)
    if not arguments.script.is_file():
        _complain(f"the script {arguments.script} does not exist")
        return 0
    if config.render_only:
        _complain("this is a render-only engine; scripts do not run here")
        return 0
    running = preview_home() / RUNNING
    if config.modal_after_kill and not _launched(running):
        return 1
    _run(arguments.script, config)
    running.unlink(missing_ok=True)
    return 0


def _launched(running: Path) -> bool:
    """Mark the launch; after one that never ended, ask as After Effects does, and wait."""
    if running.exists():
        _complain("a dialog waits for a person: After Effects did not end as it should last time")
        time.sleep(MODAL_S)
        return False
    running.parent.mkdir(parents=True, exist_ok=True)
    running.touch()
    return True


def _run(script: Path, config: PreviewConfig) -> None:
    # Late, because the project library takes a second to import.
    from node_agent.preview.dom.bridge import Bridge, ScriptFailedError
    from node_agent.preview.dom.session import Session

    session = Session(config, preview_home(), _say, script_environment())
    if config.fonts_known:
        session.font_names = partial(_font_names, session)
    try:
        Bridge(session).run(script.resolve())
    except ScriptFailedError as error:
        _complain(f"the script stopped: {error}")
    for dialog in session.app.dialogs:
        _complain(f"a dialog would wait for a person: {dialog}")


def _font_names(session: Session) -> frozenset[str]:
    """List the fonts of the farm's folders, of the project's own, and those the preview has."""
    from node_agent.preview.draw.text.fonts import FontLibrary

    own = Path(str(session.app.project.file)).parent / "fonts"
    return FontLibrary((*preview_places().fonts, own)).names


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _complain(line: str) -> None:
    sys.stderr.write(f"AfterFX (FlatRender preview engine): {line}\n")


if __name__ == "__main__":
    limit_memory(preview_memory())
    sys.exit(main())
