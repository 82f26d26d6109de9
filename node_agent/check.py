"""What is missing on this machine, and how to mend it: each finding is one line for a person."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

import psutil

from node_agent.engines.aftereffects import Engine, find_engines
from node_agent.engines.english import make_marker, marker_of
from node_agent.engines.ffmpeg import WITHOUT, find_ffmpeg, missing_ffmpeg
from node_agent.engines.scripting import probe
from node_agent.engines.scripts import find_scripts
from node_agent.engines.templates import missing_templates
from node_agent.errors import AgentError, TaskBroken
from node_agent.home import AlreadyRunning, Home
from node_agent.host import this_host
from node_agent.host.base import Host
from node_agent.process import Spawner
from node_agent.report.client import reach
from node_agent.settings import Settings

Mark = Literal["ok", "mended", "missing", "note"]
MEMORY_BYTES = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """Be one line of the check; `advice` says what to do where something is missing."""

    mark: Mark
    what: str
    told: str
    advice: str = ""


async def check_machine(settings: Settings, *, fix: bool) -> list[Finding]:
    """Look at engines, their templates and scripting, ffmpeg, disk, memory, server and clock."""
    host = this_host()
    home = Home(settings.data_dir.resolve())
    try:
        lock = home.open(host)
    except AlreadyRunning as error:
        return [Finding("note", "agent", str(error), "Stop the agent to check the whole machine.")]
    try:
        spawner = Spawner(host, home.marks, home.id)
        engines, problems = await find_engines(settings, host, spawner, home)
        findings = _engines(engines, problems)
        for engine in engines:
            findings.append(_templates(engine, home, fix=fix))
            findings.append(await _scripting(engine, spawner, host, home, settings.probe_s))
        if any(engine.exact for engine in engines):
            findings += _english(host, fix=fix)
        findings += [_ffmpeg(settings), _scripts(), _disk(settings, home), _memory()]
        findings += await _server(settings)
        return findings
    finally:
        lock.release()


def _engines(engines: Sequence[Engine], problems: Sequence[str]) -> list[Finding]:
    findings = [
        Finding("ok", "engine", f"{engine.kind} {engine.version} ({engine.aerender[-1]})")
        for engine in engines
    ]
    findings += [Finding("missing", "engine", problem) for problem in problems]
    if not engines:
        advice = (
            "Install After Effects, or name its aerender with FLATRENDER_AGENT_AERENDER, or offer "
            "the preview engine: install the extra [preview]."
        )
        findings.append(Finding("missing", "engine", "no engine is here", advice))
    return findings


def _templates(engine: Engine, home: Home, *, fix: bool) -> Finding:
    what = f"{engine.kind} output modules"
    if engine.kind != "preview":
        return Finding(
            "note", what, "only After Effects itself knows them",
            "Make FR RGB, FR RGBA (PNG sequence) and FR WAV by Edit > Templates > Output Module; "
            "without them the stock TIFF and AIFF modules are used.",
        )  # fmt: skip
    missing = missing_templates(home.preview, fix=fix)
    if not missing:
        return Finding("ok", what, "FR RGB, FR RGBA and FR WAV are there")
    told = ", ".join(missing)
    if fix:
        return Finding("mended", what, f"{told} made")
    return Finding("missing", what, f"{told} not there", "Run flatrender-agent check --fix.")


def _english(host: Host, *, fix: bool) -> list[Finding]:
    """Look for the file that makes After Effects log in English whatever the machine's language."""
    what, marker = "English logs", marker_of(host)
    if marker is None:
        return []
    if marker.exists():
        return [Finding("ok", what, str(marker))]
    if not fix:
        return [Finding("missing", what, f"no {marker}", "Run flatrender-agent check --fix.")]
    try:
        make_marker(marker)
    except OSError as error:
        return [Finding("missing", what, f"{marker}: {error.strerror or error}")]
    return [Finding("mended", what, f"{marker} made")]


async def _scripting(
    engine: Engine, spawner: Spawner, host: Host, home: Home, probe_s: float
) -> Finding:
    """Run a tiny script; only the file that it writes proves anything."""
    what = f"{engine.kind} scripting"
    told = await probe(engine, spawner, host, home.work, probe_s)
    if told.problem is None:
        program = told.engine.afterfx[-1]
        return Finding("ok", what, f"scripts run by {program} and may write files")
    return Finding("missing", what, told.code, told.problem)


def _ffmpeg(settings: Settings) -> Finding:
    found = find_ffmpeg(settings)
    if found is not None:
        return Finding("ok", "ffmpeg", str(found))
    if settings.ffmpeg is not None:
        return Finding("missing", "ffmpeg", str(settings.ffmpeg), missing_ffmpeg(settings))
    return Finding("missing", "ffmpeg", "none is here", WITHOUT)


def _scripts() -> Finding:
    try:
        return Finding("ok", "scripts", str(find_scripts()))
    except TaskBroken as error:
        return Finding("missing", "scripts", str(error), "Install the agent again.")


def _disk(settings: Settings, home: Home) -> Finding:
    free = psutil.disk_usage(str(home.root)).free
    told = f"{free / 2**30:.1f} GiB free at {home.root}"
    if free >= settings.free_disk_bytes:
        return Finding("ok", "disk", told)
    return Finding("missing", "disk", told, "Free space, or give another folder with --data.")


def _memory() -> Finding:
    total = psutil.virtual_memory().total
    told = f"{total / 2**30:.1f} GiB"
    if total >= MEMORY_BYTES:
        return Finding("ok", "memory", told)
    return Finding("note", "memory", told, "After Effects wants 16 GiB; small comps may pass.")


async def _server(settings: Settings) -> list[Finding]:
    try:
        date = await reach(settings.server_url)
    except AgentError as error:
        advice = "Start the orchestrator, or give its address with --server."
        return [Finding("missing", "server", str(error), advice)]
    findings = [Finding("ok", "server", f"{settings.server_url} answers")]
    if date is not None:
        offset_s = time.time() - parsedate_to_datetime(date).timestamp()
        told = f"{offset_s:+.0f} s against the server"
        mark: Mark = "ok" if abs(offset_s) < 30 else "note"
        advice = "" if mark == "ok" else "The agent corrects it; set the clock by NTP all the same."
        findings.append(Finding(mark, "clock", told, advice))
    return findings
