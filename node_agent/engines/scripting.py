"""Whether scripts run in an engine here, by which program, and whether they may write files.

Only a file that the script wrote is a proof: exit codes tell nothing, and some versions of
AfterFX.exe end with 0 without having run anything.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from node_agent.core.arguments import afterfx
from node_agent.engines.aftereffects import Engine, ForcedEnds, run_script
from node_agent.errors import TaskBroken
from node_agent.host.base import Host, family
from node_agent.process import Spawner

NOT_ALLOWED = 77
"""The exit code by which the probe says that it ran and may not write."""
NO_PERMISSION = (
    "Scripts may not write files on this node. Turn on Preferences > Scripting & Expressions > "
    "Allow Scripts to Write Files and Access Network in After Effects."
)
NO_ANSWER = (
    "A script ran without writing its file, or did not run. Use a licence that may run scripts, "
    "and turn on Preferences > Scripting & Expressions > Allow Scripts to Write Files and Access "
    "Network in After Effects."
)
_PROBE = """(function () {
    var file = new File(new File($.fileName).parent.fsName + "/probe.txt");
    file.encoding = "UTF-8";
    if (file.open("w")) { file.write("%s"); file.close(); }
    else { app.exitCode = %d; }
    app.quit();
})();
"""


@dataclass(frozen=True, slots=True)
class Probed:
    """Be an engine with the program that runs its scripts; `problem` is None when one does."""

    engine: Engine
    problem: str | None = None
    code: str = "ok"
    answered: tuple[str, ...] = ()
    """The dialogs that were in the way."""


async def probe(
    engine: Engine, spawner: Spawner, host: Host, folder: Path, timeout_s: float
) -> Probed:
    """Run a tiny script by each program of an engine until one answers.

    `folder` holds the probe for a while; what happens here counts against no task.
    """
    told: list[Probed] = []
    for program in (engine.afterfx, *engine.others):
        rest = tuple(one for one in (engine.afterfx, *engine.others) if one != program)
        # The probe's own forced end must not ask for another recovery.
        trial = replace(engine, afterfx=program, others=rest, forced=ForcedEnds())
        found = await _try(trial, spawner, host, folder, timeout_s)
        if found.problem is None:
            whole = replace(trial, scripts=True, forced=engine.forced)
            return Probed(whole, answered=found.answered)
        told.append(found)
    first = told[0]
    return replace(first, engine=replace(engine, scripts=False))


async def _try(
    engine: Engine, spawner: Spawner, host: Host, folder: Path, timeout_s: float
) -> Probed:
    nonce = secrets.token_hex(8)
    dialogs: list[str] = []

    def watch(pid: int) -> None:
        dialogs.extend(host.answer_dialogs([process.pid for process in family(pid)]))

    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        script, proof = Path(name) / "probe.jsx", Path(name) / "probe.txt"
        await asyncio.to_thread(script.write_text, _PROBE % (nonce, NOT_ALLOWED), "ascii")
        try:
            code = await run_script(
                engine,
                afterfx(engine.afterfx, script, host.platform),
                spawner,
                cwd=Path(name),
                env={},
                on_output=_ignore,
                timeout_s=timeout_s,
                finished=_written(proof, nonce),
                stage="probe",
                watch=watch,
            )
        except TaskBroken as error:
            return Probed(engine, str(error), error.failure.code, tuple(dialogs))
        if await asyncio.to_thread(_written(proof, nonce)):
            return Probed(engine, answered=tuple(dialogs))
        refused = code == NOT_ALLOWED or await asyncio.to_thread(proof.exists)
    if refused:
        return Probed(engine, NO_PERMISSION, "scripts_may_not_write", tuple(dialogs))
    return Probed(engine, NO_ANSWER, "script_no_result", tuple(dialogs))


async def probe_all(
    engines: Sequence[Engine], spawner: Spawner, host: Host, folder: Path, timeout_s: float
) -> tuple[list[Engine], list[str]]:
    """Find out for each After Effects how scripts run here; give the engines to offer.

    Rendering and scripting are two abilities: engines that run no scripts are left out while
    another does. The problems say why. A preview engine runs scripts always.
    """
    found: list[Engine] = []
    problems: list[str] = []
    for engine in engines:
        told = Probed(engine)
        if engine.exact:
            told = await probe(engine, spawner, host, folder, timeout_s)
        found.append(told.engine)
        if told.problem is not None:
            problems.append(f"{engine.kind} {engine.version} runs no scripts: {told.problem}")
    able = [engine for engine in found if engine.scripts]
    return able or found, problems


def _written(proof: Path, nonce: str) -> Callable[[], bool]:
    def look() -> bool:
        try:
            return proof.read_text("utf-8-sig") == nonce
        except (OSError, ValueError):
            return False

    return look


def _ignore(_chunk: bytes) -> None:
    """Have no use for what a probe prints."""
