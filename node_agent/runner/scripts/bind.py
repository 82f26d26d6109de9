"""Stage bind: the values into a copy of the project, by our one script inside the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import ValidationError

from node_agent.core.arguments import afterfx
from node_agent.core.enginelog import EngineLog
from node_agent.engines.aftereffects import run_script
from node_agent.engines.scripts import lay_script
from node_agent.errors import TaskBroken, broken, clean
from node_agent.report.attempt import Upload
from node_agent.runner.context import Attempt, Done
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.scripts.outcome import may_not_write, no_result
from node_agent.runner.sound import rendered_sound, sound_output
from orchestrator.wire.bind import BindFile, BindIssue, BindResult, BindRun, BindSpec
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import BindTaskSpec, Output

RGB, RGBA, WAV = "FR RGB", "FR RGBA", "FR WAV"
MAX_RESULT_BYTES = 32 * 2**20
_CLASSES = {
    "comp_missing": FailureClass.TEMPLATE,
    "comp_ambiguous": FailureClass.TEMPLATE,
    "mode_unsupported": FailureClass.TEMPLATE,
    "scene_missing": FailureClass.TEMPLATE,
    "scene_ambiguous": FailureClass.TEMPLATE,
    "scene_refused": FailureClass.TEMPLATE,
    "copied_comp_named": FailureClass.TEMPLATE,
    "field_missing": FailureClass.TEMPLATE,
    "field_ambiguous": FailureClass.TEMPLATE,
    "expression_wins": FailureClass.TEMPLATE,
    "font_missing": FailureClass.ASSET,
    "footage_outside": FailureClass.ASSET,
    "output_module_missing": FailureClass.NODE,
    "sound_failed": FailureClass.UNKNOWN,
    "spec_version": FailureClass.NODE,
    "script_error": FailureClass.UNKNOWN,
}
"""Codes of bind.jsx that are not the values' fault."""


async def bind_task(attempt: Attempt, spec: BindTaskSpec) -> Done:
    """Do a bind task: bind, upload the bound project and the template's own sound."""
    await bring_inputs(attempt)
    result = await bind(attempt, spec.bind, alpha=spec.alpha)
    sound = await rendered_sound(attempt, result)
    bound = attempt.folder.bound
    (done,) = await attempt.reporter.upload(
        [Upload("bound.aep", bound, "application/octet-stream")]
    )
    output = Output(
        kind="bound",
        key=done.target.key,
        content_type="application/octet-stream",
        size_bytes=done.size_bytes,
        sha256=done.sha256,
        module=(result.output_module or "")[:200] or None,
    )
    sounds = () if sound is None else (await sound_output(attempt, sound),)
    return Done(outputs=(output, *sounds))


async def bind(attempt: Attempt, spec: BindSpec, *, alpha: bool) -> BindResult:
    """Run bind.jsx; its result file decides, never an exit code.

    Raises TaskBroken with scene, key and layer of what could not be set.
    """
    folder, tools = attempt.folder, attempt.tools
    engine = attempt.engine
    if folder.project is None:
        raise broken(FailureClass.TEMPLATE, "no_bundle", "The task names no template bundle.")
    # The version that was registered: what comes after bind is given to nodes that have it.
    attempt.engine_version = engine.version
    attempt.reporter.stage("bind", 0, 1)
    run = BindRun(
        project=str(folder.project),
        bound=str(folder.bound),
        result=str(folder.script / "bind_result.json"),
        job_folder=str(folder.job),
        output_module=RGBA if alpha else RGB,
        sound_module=WAV if spec.audio.template_volume > 0 else None,
    )
    file = BindFile(run=run, spec=spec)
    script = await asyncio.to_thread(lay_script, folder.script, "bind.jsx", "bind_spec.json", file)
    result_path = Path(run.result)
    log = EngineLog()
    with attempt.timed("bind"):
        code = await run_script(
            engine,
            afterfx(engine.afterfx, script, tools.host.platform),
            tools.spawner,
            cwd=folder.job,
            env=attempt.engine_env(),
            on_output=lambda chunk: attempt.reporter.log(log.feed(chunk)),
            timeout_s=tools.settings.bind_s + len(spec.stills) * tools.settings.frame_s,
            finished=result_path.exists,
        )
    attempt.reporter.log(log.close())
    result = await asyncio.to_thread(_read_result, result_path, log, code)
    for warning in result.warnings:
        attempt.warn(clean(warning.message, 1000))
    if result.errors or not result.ok:
        raise _refused(result)
    if not await asyncio.to_thread(folder.bound.is_file):
        raise broken(
            FailureClass.UNKNOWN,
            "bound_missing",
            "bind reported success but saved no project.",
            stage="bind",
        )
    attempt.reporter.stage("bind", 1, 1)
    return result


def _read_result(path: Path, log: EngineLog, code: int | None) -> BindResult:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_RESULT_BYTES)
        if not raw:
            raise may_not_write("bind")
        return BindResult.model_validate_json(raw.removeprefix(b"\xef\xbb\xbf"))
    except FileNotFoundError:
        raise no_result(log, code, "bind") from None
    except ValidationError as error:
        raise broken(
            FailureClass.UNKNOWN,
            "bind_result_unreadable",
            f"The result file of bind cannot be read ({type(error).__name__}).",
            stage="bind",
            line=str(error)[:1000],
        ) from error


def _refused(result: BindResult) -> TaskBroken:
    issues = result.errors or (BindIssue(code="script_error", message="bind gave no reason"),)
    first = issues[0]
    kind = _CLASSES.get(first.code, FailureClass.VALUES)
    told = " ".join(_sentence(issue) for issue in issues[:10])
    if len(issues) > 10:
        told += f" And {len(issues) - 10} more."
    return broken(kind, first.code, told, stage="bind")


def _sentence(issue: BindIssue) -> str:
    places = (
        ("scene", issue.scene),
        ("key", issue.key),
        ("comp", issue.comp),
        ("layer", issue.layer),
        ("property", issue.property),
    )
    told = ", ".join(f"{name} {clean(text, 200)}" for name, text in places if text)
    words = clean(issue.message, 1000).rstrip(".")
    return f"{words} ({told})." if told else f"{words}."
