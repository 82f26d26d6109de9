"""After Effects or its stand-in: one code path, only the executables differ."""

from __future__ import annotations

import asyncio
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from node_agent.core.arguments import Share, tuning
from node_agent.core.enginelog import decode
from node_agent.core.verdict import NTSTATUS
from node_agent.errors import TaskBroken, broken
from node_agent.home import Home
from node_agent.host.base import Host
from node_agent.process import Spawner
from node_agent.settings import Settings
from orchestrator.wire.agent import EngineInfo
from orchestrator.wire.base import EngineKind
from orchestrator.wire.failures import FailureClass

PREVIEW_MODULES = ("node_agent.preview.aerender", "node_agent.preview.afterfx")
VERSION_TIMEOUT_S = 60
QUIT_S = 20
"""How long an engine may take to quit after the script's result is there."""
_VERSION = re.compile(r"aerender version ((\d{1,4})(?:\.\d{1,4}){0,3}(?:x\d{1,5})?)")


class ForcedEnds:
    """Count the ends of one engine that were not its own and that nobody recovered from yet."""

    def __init__(self) -> None:
        self.pending = 0

    def note(self) -> None:
        """Count one more."""
        self.pending += 1

    def settle(self, count: int) -> None:
        """Take off those that a recovery found when it began."""
        self.pending = max(0, self.pending - count)


@dataclass(frozen=True, slots=True)
class Engine:
    """Name one engine's two programs and what their environment needs."""

    kind: EngineKind
    version: str
    major: int
    aerender: tuple[str, ...]
    afterfx: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    tuning: tuple[str, ...] = ()
    """What every command line of aerender ends with on this machine."""
    others: tuple[tuple[str, ...], ...] = ()
    """Programs to try when `afterfx` runs no script here."""
    scripts: bool = True
    """Whether scripts run at all: a licence for rendering alone may not run them."""
    forced: ForcedEnds = field(default_factory=ForcedEnds, compare=False)

    @property
    def exact(self) -> bool:
        """Tell whether its pictures are After Effects' own, so that a substitute font is wrong."""
        return self.kind == "aftereffects"

    @property
    def is_there(self) -> bool:
        """Tell whether its program still lies where it was found."""
        return Path(self.aerender[0]).exists()

    @property
    def info(self) -> EngineInfo:
        """Describe the engine to the server."""
        return EngineInfo(kind=self.kind, version=self.version, major=self.major)

    @property
    def must_recover(self) -> bool:
        """Tell whether its next start would ask a person about the last one's end."""
        return self.exact and self.forced.pending > 0


def choose(
    engines: Iterable[Engine], kind: EngineKind, major: int | None, saved_by: int | None
) -> Engine | None:
    """Give the engine for a project; None when no engine of this kind and version is here.

    After bind only the binder's version will do. Before it, the version that saved the project or
    the next newer one; a preview, or a version that nobody knows, gets the newest.
    """
    fitting = [one for one in engines if one.kind == kind and major in {None, one.major}]
    newest = max(fitting, key=lambda one: one.major, default=None)
    if kind == "preview" or saved_by is None or major is not None:
        return newest
    able = [one for one in fitting if one.major >= saved_by]
    return min(able, key=lambda one: one.major, default=newest)


async def find_engines(
    settings: Settings, host: Host, spawner: Spawner, home: Home
) -> tuple[list[Engine], list[str]]:
    """Find the engines of this machine that start, and name the problems of those that do not.

    The preview engine is offered when it is asked for, or when there is no other.
    """
    engines: list[Engine] = []
    problems: list[str] = []
    share = Share(psutil.virtual_memory().total, psutil.cpu_count() or 1, settings.slots)
    for kind, aerender, scripts, env in _candidates(settings, host, home):
        if kind == "preview" and engines and not settings.preview:
            continue
        told = await _ask_version(spawner, aerender, env, home.root)
        match = _VERSION.search(told)
        if match is None:
            problems.append(f"{aerender[-1]} does not say its version: {told[-300:].strip()}")
            continue
        words = tuning(int(match[2]), share) if kind == "aftereffects" else ()
        afterfx, *others = scripts
        engines.append(
            Engine(kind, match[1], int(match[2]), aerender, afterfx, env, words, tuple(others))
        )
    # A Beta has the version of the release to come: of two alike the release stands first.
    engines.sort(key=lambda one: (one.kind, -one.major, "beta" in one.aerender[0].lower()))
    return engines, problems


Program = tuple[str, ...]
Candidate = tuple[EngineKind, Program, tuple[Program, ...], Mapping[str, str]]


def _candidates(settings: Settings, host: Host, home: Home) -> list[Candidate]:
    # KMP_DUPLICATE_LIB_OK: plug-ins bring their own OpenMP; without it the second one aborts.
    adobe = {"KMP_DUPLICATE_LIB_OK": "TRUE"}
    found: list[Candidate] = []
    if settings.aerender is not None:
        fx = settings.afterfx or settings.aerender.with_name("AfterFX")
        found.append(("aftereffects", (str(settings.aerender),), ((str(fx),),), adobe))
    elif settings.discover:
        for item in host.installations():
            fxs = (settings.afterfx,) if settings.afterfx else item.afterfx
            programs = fxs or (item.aerender.with_name("AfterFX"),)
            scripts = tuple((str(program),) for program in programs)
            found.append(("aftereffects", (str(item.aerender),), scripts, adobe))
    if settings.preview is not False:
        found.append(_preview(settings, home))
    return found


def _preview(settings: Settings, home: Home) -> Candidate:
    # -P keeps the working folder, where a bundle lies, out of the import path.
    python = (sys.executable, "-P", "-m")
    env = {
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONIOENCODING": "utf-8",
        "FLATRENDER_PREVIEW_HOME": str(home.preview),
        # Colour profiles are looked for below it, and the user's own may be another user's.
        "HOME": str(home.preview),
    }
    if settings.preview_config is not None:
        env["FLATRENDER_PREVIEW_CONFIG"] = str(settings.preview_config.resolve())
    aerender, afterfx = PREVIEW_MODULES
    return "preview", (*python, aerender), ((*python, afterfx),), env


async def _ask_version(
    spawner: Spawner, program: Sequence[str], env: Mapping[str, str], cwd: Path
) -> str:
    try:
        child = spawner.spawn([*program, "-version"], cwd=cwd, env=env)
    except OSError as error:
        return f"it cannot be started ({error.strerror or error})"
    if await child.finish(VERSION_TIMEOUT_S) is None:
        return f"it did not end in {VERSION_TIMEOUT_S} s"
    return decode(child.tail())


async def run_script(
    engine: Engine,
    argv: Sequence[str],
    spawner: Spawner,
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_output: Callable[[bytes], None],
    timeout_s: float,
    finished: Callable[[], bool],
    stage: str = "bind",
    watch: Callable[[int], None] | None = None,
) -> int | None:
    """Run AfterFX with a script until it ends, or a while after its result file is there.

    Gives the exit code, None when it was ended by us; completion is the result file alone.
    `watch` is called with the process id a few times a second; what it raises ends the run.
    Raises NodeBroken when the program cannot be started, TaskBroken when it ran out of time.
    """
    try:
        child = spawner.spawn(argv, cwd=cwd, env={**engine.env, **env}, on_output=on_output)
    except OSError as error:
        raise not_started(argv[0], error, stage) from error
    code: int | None = None
    try:
        loop = asyncio.get_running_loop()
        ends, quits = loop.time() + timeout_s, math.inf
        while (code := await child.wait(0.25)) is None:
            if watch is not None:
                watch(child.pid)
            if finished():
                quits = min(quits, loop.time() + QUIT_S)
            if loop.time() > quits:
                break
            if loop.time() > ends:
                raise broken(
                    FailureClass.UNKNOWN,
                    f"{stage}_hang",
                    f"The script did not end in {timeout_s:.0f} s; a dialog may be open on this "
                    "node, or the project is very heavy.",
                    stage=stage,
                )
        return code
    finally:
        if code is None or code < 0 or code >= NTSTATUS:
            engine.forced.note()
        await child.end()


def not_started(program: str, error: OSError, stage: str) -> TaskBroken:
    """Say that an engine's program cannot be started on this node."""
    return broken(
        FailureClass.NODE,
        "engine_not_started",
        f"{program} cannot be started ({error.strerror or error}). Run `flatrender-agent check`.",
        stage=stage,
    )
