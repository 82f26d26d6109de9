"""What it means that a script left no result file."""

from __future__ import annotations

from node_agent.core.enginelog import EngineLog
from node_agent.engines.scripting import NO_PERMISSION
from node_agent.errors import TaskBroken, broken
from orchestrator.wire.failures import FailureClass


def may_not_write(stage: str) -> TaskBroken:
    """Say that a script could make its result file and not write into it."""
    return broken(FailureClass.NODE, "scripts_may_not_write", NO_PERMISSION, stage=stage)


def no_result(log: EngineLog, code: int | None, stage: str) -> TaskBroken:
    """Give the cause: what the engine said, its crash, or that scripts may not write files."""
    facts = log.facts
    line = next((text for text in reversed(facts.last) if text.strip()), None)
    if facts.fatal:
        fault, shown = facts.fatal[0]
        return broken(
            fault.failure_class,
            fault.code,
            f"{fault.advice} It said: {shown}",
            stage=stage,
            line=shown,
        )
    if code not in {0, None}:
        return broken(
            FailureClass.TRANSIENT,
            "engine_crashed",
            f"The engine ended with code {code} in the middle of {stage}.",
            stage=stage,
            line=line,
        )
    return broken(
        FailureClass.NODE,
        "script_no_result",
        "The script left no result file. Allow scripts to write files on this node (Preferences, "
        "Scripting & Expressions, Allow Scripts to Write Files and Access Network) and give it a "
        "licence that may run scripts.",
        stage=stage,
        line=line,
    )
