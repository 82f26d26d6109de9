"""Decides what a command line renders: which comps, which frames, into which files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from node_agent.preview.aerender.arguments import Arguments
from node_agent.preview.aerender.outputs import DEFAULT, Output, output, saved_template
from node_agent.preview.draw.project import find_comp
from node_agent.preview.templates_store import RENDER_SETTINGS, OutputTemplate

MAX_FRAMES: Final = 200_000
_OVERRIDES = ("-rstemplate", "-omtemplate", "-output", "-s", "-e", "-i")
_SPELLED = {"-rstemplate": "-RStemplate", "-omtemplate": "-OMtemplate"}


class RenderProblem(Exception):
    """Say why nothing can be rendered; `code` is aerender's exit code without a user log."""

    def __init__(self, message: str, code: int = 7) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one render: frame indices of the comp from its first frame, `last` included."""

    comp: Any
    settings_name: str
    first: int
    last: int
    step: int
    outputs: tuple[Output, ...]

    def frames(self) -> range:
        """Give the comp's frame indices in the order they are rendered."""
        return range(self.first, self.last + 1, self.step)


def ignored_flags(arguments: Arguments) -> list[str]:
    """Give the flags that do nothing because neither a comp nor a queue item was named."""
    if arguments.comp is not None or arguments.rqindex is not None:
        return []
    return [_SPELLED.get(flag, flag) for flag in _OVERRIDES if flag in arguments.given]


def plan(arguments: Arguments, project: Any, templates: Mapping[str, OutputTemplate]) -> list[Item]:
    """Give what to render. Raises RenderProblem in aerender's words."""
    queue = list(project.render_queue.items) if project.render_queue else []
    if arguments.rqindex is None and arguments.comp is None:
        return [_saved(item, templates) for item in queue if _state(item) == "QUEUED"]
    _check_templates(arguments, templates)
    if arguments.rqindex is not None:
        if not 1 <= arguments.rqindex <= len(queue):
            raise RenderProblem("No render queue item was found with the given index.")
        return [_named(arguments, queue[arguments.rqindex - 1], None, templates)]
    comp = find_comp(project, arguments.comp or "")
    if comp is None:
        raise RenderProblem("No comp was found with the given name.")
    ready = {"QUEUED", "NEEDS_OUTPUT"}
    item = next((q for q in queue if _state(q) in ready and q.comp.name == arguments.comp), None)
    return [_named(arguments, item, comp, templates)]


def _check_templates(arguments: Arguments, templates: Mapping[str, OutputTemplate]) -> None:
    if arguments.rs_template is not None and arguments.rs_template not in RENDER_SETTINGS:
        raise RenderProblem("No render settings template was found with the given name.")
    if arguments.om_template is not None and arguments.om_template not in templates:
        raise RenderProblem("No output module template was found with the given name.")


def _state(item: Any) -> str:
    return str(getattr(item.status, "name", ""))


def _named(
    arguments: Arguments,
    item: Any | None,
    comp: Any | None,
    templates: Mapping[str, OutputTemplate],
) -> Item:
    """Plan one item of the queue, or a comp that is not in it, under the given overrides."""
    shown: Any = item.comp if item is not None else comp
    first, last = _span(item, shown)
    display = int(shown.display_start_frame)
    if arguments.start is not None:
        first = arguments.start - display
    if arguments.end is not None:
        last = arguments.end - display
    step = arguments.increment if "-i" in arguments.given else 1
    settings = arguments.rs_template or (str(item.name) if item is not None else "Best Settings")
    return Item(
        shown,
        settings,
        *_checked_span(first, last),
        step,
        _outputs(arguments, item, templates),
    )


def _checked_span(first: int, last: int) -> tuple[int, int]:
    if last < first:
        raise RenderProblem(f"The end frame is before the start frame ({last} < {first}).")
    if last - first >= MAX_FRAMES:
        raise RenderProblem(f"More than {MAX_FRAMES} frames in one render; give -s and -e.")
    return first, last


def _outputs(
    arguments: Arguments, item: Any | None, templates: Mapping[str, OutputTemplate]
) -> tuple[Output, ...]:
    modules = list(item.output_modules) if item is not None else []
    if arguments.om_template is not None:
        chosen = [templates[arguments.om_template]]
    else:
        chosen = [_module_template(module, templates) for module in modules] or [DEFAULT]
    if arguments.output is not None:
        # -output names the first module's file; the others keep theirs.
        paths = [arguments.output, *(_module_path(m) for m in modules[1:])]
    else:
        paths = [_module_path(module) for module in modules]
    made = tuple(
        output(template, path) for template, path in zip(chosen, paths, strict=False) if path
    )
    if not made:
        raise RenderProblem("Specified render queue item needs output file but none provided.")
    return made


def _saved(item: Any, templates: Mapping[str, OutputTemplate]) -> Item:
    first, last = _checked_span(*_span(item, item.comp))
    made = tuple(
        output(_module_template(module, templates), path)
        for module in item.output_modules
        if (path := _module_path(module))
    )
    if not made:
        raise RenderProblem("Specified render queue item needs output file but none provided.")
    return Item(item.comp, str(item.name), first, last, 1, made)


def _span(item: Any | None, comp: Any) -> tuple[int, int]:
    """Give first and last frame of the item's time span, the work area when there is none."""
    fps = float(comp.frame_rate) or 1.0
    start, length = float(comp.work_area_start), float(comp.work_area_duration)
    if item is not None:
        start, length = float(item.time_span_start), float(item.time_span_duration)
    first = round(start * fps)
    return first, first + max(1, round(length * fps)) - 1


def _module_template(module: Any, templates: Mapping[str, OutputTemplate]) -> OutputTemplate:
    settings = module.settings
    return saved_template(
        str(module.name),
        str(getattr(settings["Format"], "name", "")),
        str(getattr(settings["Channels"], "name", "")),
        dict(templates),
    )


def _module_path(module: Any) -> str:
    template = str(module.file_template or "")
    if not template:
        return ""
    # The frame number stays a pattern; every other variable is filled in.
    return str(module.file or "") if "[#" not in template else template
