"""The render queue: items, output modules, and templates that must exist."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from node_agent.preview.config import preview_places
from node_agent.preview.dom.face import Face, ScriptError, reads, whole, words, writes
from node_agent.preview.dom.faces.files import ScriptFile, as_path
from node_agent.preview.dom.session import ListOf, Session
from node_agent.preview.templates_store import RENDER_SETTINGS, read_templates


def _at(items: list[Any], index: object, what: str) -> Any:
    place = whole(index, f"index of {what}")
    if not 1 <= place <= len(items):
        raise ScriptError(f"After Effects error: there is no {what} {place}")
    return items[place - 1]


def _add(_session: Session, collection: ListOf, comp: Any) -> Any:
    return collection.owner.add(comp)


def _apply_settings(_session: Session, item: Any, name: object) -> None:
    if name not in RENDER_SETTINGS:
        raise ScriptError(f"After Effects error: no render settings template is named {name!r}")
    item.name = name
    # Applying a template puts the time span back to the work area, as in After Effects.
    item.time_span_start = item.comp.work_area_start
    item.time_span_duration = item.comp.work_area_duration


def _templates(session: Session, _module: Any) -> list[str]:
    return sorted(read_templates(session.home))


def apply_template(session: Session, module: Any, name: object) -> None:
    """Name the template on the output module; the library cannot write what it stands for."""
    wanted = words(name, "template")
    if wanted not in read_templates(session.home):
        raise ScriptError(
            f"After Effects error: no output module template is named {wanted!r}; "
            "run the node check to create the templates of the farm"
        )
    module._name_utf8.value = wanted  # noqa: SLF001


def _set_file(_session: Session, module: Any, file: object) -> None:
    module.file = str(as_path(file, "the output file"))


def _get_file(_session: Session, module: Any) -> ScriptFile | None:
    return ScriptFile(Path(module.file_template)) if module.file_template else None


def _remove(_session: Session, item: Any) -> None:
    item.remove()


def _render(session: Session, queue: Any) -> None:
    """Render what is queued, as aerender does, and come back when all of it has ended.

    While dialogs are suppressed After Effects stops an item at any warning; here at once, so that
    a script that forgets it is found out.
    """
    # Late: drawing takes a second to import, and few scripts render.
    from py_aep import RQItemStatus

    from node_agent.preview.aerender.arguments import Arguments
    from node_agent.preview.aerender.lines import Lines
    from node_agent.preview.aerender.plan import RenderProblem, plan
    from node_agent.preview.aerender.session import Session as Engine
    from node_agent.preview.aerender.stage import Stage

    project = session.app.project
    queued = [item for item in queue.items if item.status == RQItemStatus.QUEUED]
    if session.app.suppressed or not session.config.script_render:
        for item in queued:
            item.status = RQItemStatus.USER_STOPPED
        return
    try:
        planned = plan(Arguments(), project, read_templates(session.home))
        engine = Engine(
            Stage(project, Path(str(project.file)), preview_places()),
            session.config,
            Lines(progress=False),
        )
        with contextlib.closing(engine):
            for item, work in zip(queued, planned, strict=True):
                item.status = RQItemStatus.ERR_STOPPED
                engine.render(work, datetime.now())  # noqa: DTZ005 - the log shows local time
                item.status = RQItemStatus.DONE
    except RenderProblem as problem:
        raise ScriptError(str(problem)) from problem


def _module(_session: Session, item: Any, index: object) -> Any:
    return _at(item.output_modules, index, "output module")


FACES: Final = (
    Face(
        "RenderQueue",
        get={
            "items": lambda _s, queue: ListOf("queue", queue),
            "numItems": lambda _s, queue: queue.num_items,
            "rendering": lambda _s, _q: False,
        },
        call={
            "item": lambda _s, queue, index: _at(queue.items, index, "render queue item"),
            "render": _render,
        },
    ),
    Face(
        "RQItemCollection",
        get={"length": lambda _s, items: items.owner.num_items},
        call={"add": _add},
    ),
    Face(
        "RenderQueueItem",
        get={
            "templates": lambda _s, _i: list(RENDER_SETTINGS),
            **reads(("comp", "status", "render", "numOutputModules", "timeSpanStart",
                     "timeSpanDuration", "skipFrames", "comment")),
        },
        put=writes(("render", "timeSpanStart", "timeSpanDuration", "skipFrames", "comment")),
        call={"remove": _remove, "outputModule": _module, "applyTemplate": _apply_settings},
    ),
    Face(
        "OutputModule",
        get={"file": _get_file, "templates": _templates, **reads(("name", "includeSourceXMP"))},
        put={"file": _set_file},
        call={"applyTemplate": apply_template, "remove": _remove},
    ),
)  # fmt: skip
