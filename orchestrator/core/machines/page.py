"""Write the page docs/states.md out of the tables."""

from __future__ import annotations

from orchestrator.core.machines.job import JOB
from orchestrator.core.machines.machine import Machine, mermaid
from orchestrator.core.machines.node import NODE
from orchestrator.core.machines.task import TASK
from orchestrator.core.machines.webhook import DELIVERY, WEBHOOK

_HEAD = """# States

This page is made from the tables in `orchestrator/core/machines`; change those, then run the
tests with `--update-golden`.
"""


def states_page() -> str:
    """Give the whole page: a diagram and a table of events for each machine."""
    machines = (JOB, TASK, NODE, WEBHOOK, DELIVERY)
    return "\n".join([_HEAD, *(_section(machine) for machine in machines)])


def _section(machine: Machine) -> str:
    rows = [f"| {m.event} | {', '.join(m.sources)} | {m.target} |" for m in machine.moves]
    return "\n".join(
        [
            f"## {machine.name.capitalize()}",
            "",
            "```mermaid",
            mermaid(machine),
            "```",
            "",
            "| event | from | to |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
