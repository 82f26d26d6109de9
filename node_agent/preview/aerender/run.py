"""Runs one command line of the aerender stand-in from words to exit code."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from node_agent.preview.aerender.arguments import USAGE, Arguments, SyntaxProblem, parse
from node_agent.preview.aerender.lines import Lines, version_line
from node_agent.preview.aerender.plan import Item, RenderProblem, ignored_flags, plan
from node_agent.preview.config import (
    PreviewConfig,
    PreviewConfigError,
    load_config,
    preview_home,
    preview_places,
)
from node_agent.preview.templates_store import TemplatesError, read_templates

MAX_WAIT_S = 3600.0
OK, USAGE_SHOWN, SYNTAX, RUNTIME, ENGINE, VERSION_SHOWN = 0, 2, 3, 7, 9, 15


def main(words: Sequence[str]) -> int:
    """Run the command line and give its exit code (see the table in Adobe's script).

    0 done, 2 usage shown, 3 wrong command line, 7 nothing to render by that name, 9 the engine
    refused, 15 version shown; one more than these when -log names a file.
    """
    lines = Lines()
    try:
        arguments = parse(words)
        config = load_config()
    except SyntaxProblem as problem:
        lines.plain(f"aerender SYNTAX ERROR: {problem}")
        return SYNTAX + (1 if "-log" in (w.lower() for w in words) else 0)
    except PreviewConfigError as problem:
        lines.error(str(problem))
        return RUNTIME
    if arguments.show_version:
        lines.plain(version_line(config.engine_major))
        return VERSION_SHOWN
    if arguments.show_help:
        lines.plain(version_line(config.engine_major))
        for line in USAGE.split("\n"):
            lines.plain(line)
        return USAGE_SHOWN
    return _with_log(arguments, config)


def _with_log(arguments: Arguments, config: PreviewConfig) -> int:
    try:
        with _log_file(arguments.log) as log:
            lines = Lines(progress=arguments.progress, log=log)
            code = _run(arguments, config, lines)
    except RenderProblem as problem:
        Lines().error(str(problem))
        code = problem.code
    return code + 1 if code in {SYNTAX, RUNTIME, ENGINE} and arguments.log else code


@contextlib.contextmanager
def _log_file(path: str | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    folder = Path(path).parent
    if not folder.is_dir():
        raise RenderProblem(f"Directory specified for log file does not exist: {folder}")
    try:
        file = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError:
        message = "Can not open log file. Try checking write protection of directory:"
        raise RenderProblem(f"{message} {folder}") from None
    with file:
        yield file


def _run(arguments: Arguments, config: PreviewConfig, lines: Lines) -> int:
    started = time.monotonic()
    lines.plain(version_line(config.engine_major))
    if not arguments.project:
        lines.error("No project was given; the preview engine needs -project.")
        return RUNTIME
    for flag in ignored_flags(arguments):
        lines.plain(f"WARNING:{flag} is ignored because neither -comp nor -rqindex was given.")
    lines.progress("Launching After Effects...")
    time.sleep(min(MAX_WAIT_S, max(0.0, config.launch_s)))
    lines.progress("...After Effects successfully launched")
    if arguments.rqindex is not None:
        lines.plain(f"rqindex 1num {arguments.rqindex}")
    try:
        return _render(arguments, config, lines, started)
    except RenderProblem as problem:
        lines.error(str(problem))
        return problem.code
    except TemplatesError as problem:
        lines.error(str(problem))
        return RUNTIME
    except MemoryError:
        lines.error("After Effects error: not enough memory for this render.")
        return ENGINE
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a project may break anything; no traceback ever
        lines.error(f"After Effects error: the preview engine failed ({type(error).__name__}).")
        return ENGINE


def _render(arguments: Arguments, config: PreviewConfig, lines: Lines, started: float) -> int:
    # The project library and the 2D engine cost a second to import: not before they are needed.
    from node_agent.preview.aerender.session import Session
    from node_agent.preview.aerender.stage import Stage
    from node_agent.preview.draw.project import ProjectUnreadable, open_project

    path = Path(arguments.project)
    time.sleep(min(MAX_WAIT_S, max(0.0, config.open_s)))
    try:
        project, major = open_project(path)
    except ProjectUnreadable as problem:
        raise RenderProblem(f"After Effects error: {problem}", ENGINE) from None
    _check_age(path, major, config, lines)
    if arguments.comp is not None:
        lines.progress("Adding specified comp to Render Queue")
    items = _plan(arguments, project)
    session = Session(Stage(project, path, preview_places()), config, lines)
    with contextlib.closing(session):
        try:
            for item in items:
                session.render(item, datetime.now())  # noqa: DTZ005 - the log shows local time
        except ProjectUnreadable as problem:
            raise RenderProblem(f"After Effects error: {problem}", ENGINE) from None
    lines.progress(f" Total Time Elapsed: {_elapsed(started)}")
    session.warn_of_missing()
    _report(session.report(), lines)
    return OK


def _plan(arguments: Arguments, project: Any) -> list[Item]:
    try:
        return plan(arguments, project, read_templates(preview_home()))
    except (RenderProblem, TemplatesError):
        raise
    except Exception as error:
        # py-aep raises bare errors while it reads a saved render queue.
        raise RenderProblem(
            f"After Effects error: the render queue cannot be read ({type(error).__name__}).",
            ENGINE,
        ) from error


def _elapsed(started: float) -> str:
    from node_agent.preview.aerender.lines import elapsed

    return elapsed(time.monotonic() - started)


def _check_age(path: Path, major: int, config: PreviewConfig, lines: Lines) -> None:
    if major > config.engine_major:
        raise RenderProblem(
            f'After Effects error: file "{path.name}" was created with After Effects version '
            f"{major}.0 and cannot be opened with this version.",
            ENGINE,
        )
    if 0 < major < config.engine_major:
        lines.plain(
            f"INFO:After Effects: this project must be converted from version {major}.0. "
            "The original file will be unchanged."
        )


def _report(report: dict[str, Any], lines: Lines) -> None:
    skipped = json.dumps(report["unsupported"], ensure_ascii=False)
    lines.plain(f"INFO:preview: skipped {skipped}")
    path = preview_places().report
    if path is None:
        return
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        lines.plain(f"INFO:preview: the report {path} could not be written ({error})")
