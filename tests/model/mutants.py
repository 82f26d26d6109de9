"""The protocol broken in named ways; each must be told by an invariant, or the build fails."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.machines.job import JOB
from orchestrator.core.machines.task import TASK
from tests.model.rules import Mutant, Rules, narrowed, widened

_NOTHING: frozenset[str] = frozenset()
_OWNER = frozenset({"held", "owner"})

NAMED = (
    Mutant(
        "no fence",
        Rules(fence_result=_NOTHING, fence_run=_NOTHING, fence_frame=_NOTHING),
        expected="I2",
    ),
    Mutant(
        "the fence looks at the owner only",
        Rules(fence_result=_OWNER, fence_run=_OWNER, fence_frame=_OWNER),
        expected="I2",
    ),
    Mutant("the fence guards results only", Rules(fence_run=_NOTHING), expected="I2"),
    Mutant("frames pass no fence", Rules(fence_frame=_NOTHING), "frames", "I2"),
    Mutant(
        "the fence is looked at before, not while, acting",
        Rules(checks_and_acts_at_once=False),
        expected="I2",
    ),
    Mutant("outputs share one path", Rules(attempt_in_key=False), expected="I5"),
    Mutant("frames share one path", Rules(attempt_in_key=False), "frames", "I5"),
    Mutant("leases never expire", Rules(expires=False), "frames", "L1"),
    Mutant("a new lease keeps the attempt's number", Rules(raises_attempt=False), expected="I4"),
    Mutant("a new lease keeps the token", Rules(renews_token=False), expected="I4"),
    Mutant(
        "a new lease keeps number and token",
        Rules(raises_attempt=False, renews_token=False),
        expected="I4",
    ),
    Mutant("a cancel leaves the lease", Rules(cancel_takes_row=False), expected="I6"),
    Mutant(
        "a late result un-cancels (table)",
        Rules(
            fence_result=frozenset({"attempt"}),
            task_machine=widened(TASK, "succeed", "cancelled"),
            job_machine=widened(JOB, "finish", "cancelled"),
        ),
        expected="I2",
    ),
    Mutant(
        "a job that is done can be cancelled (table)",
        Rules(
            task_machine=widened(TASK, "cancel", "succeeded"),
            job_machine=widened(JOB, "cancel", "done"),
        ),
        expected="I3",
    ),
    Mutant(
        "a job that is done can be tried again (table)",
        Rules(
            task_machine=widened(TASK, "revive", "succeeded"),
            job_machine=widened(JOB, "retry", "done"),
        ),
        expected="I3",
    ),
    Mutant(
        "a cancelled job can be tried again (table)",
        Rules(job_machine=widened(JOB, "retry", "cancelled")),
        expected="I3",
    ),
    Mutant("outputs are published as they come", Rules(publishes_at_end=False), expected="I9"),
    Mutant("a success is believed unseen", Rules(checks_outputs=False), "sessions", "I5"),
    Mutant("a repeated claim leases again", Rules(claim_remembers=False), expected="I11"),
    Mutant("a repeated claim changes the token", Rules(repeat_keeps_token=False), expected="I7"),
    Mutant(
        "salvage keeps frames nobody uploaded", Rules(records_uploaded_only=False), "frames", "I5"
    ),
    Mutant("a restore raises no epoch", Rules(raises_epoch=False), "restore", "I4"),
    Mutant(
        "after a restore only free tasks leap ahead", Rules(leaps_for_held=False), "restore", "I4"
    ),
    Mutant(
        "registering hands back what others hold", Rules(reclaim_checks=False), "sessions", "I4"
    ),
    Mutant(
        "registering drops what is offered", Rules(register_keeps_offered=False), "sessions", "I7"
    ),
    Mutant("a repeated result is refused", Rules(result_remembers=False), expected="I12"),
    Mutant("an interruption counts as a failure", Rules(interruption_is_free=False), expected="I8"),
    Mutant("losses go on for ever", Rules(judges_losses=False), "losses", "I8"),
    Mutant("moves without their outbox row", Rules(outbox_with_move=False), expected="I10"),
    Mutant("the last node is barred", Rules(spares_last_node=False), "alone", "I13"),
    Mutant("barred nodes get work", Rules(asks_barred=True), "sessions", "I13"),
    Mutant("what took a node down goes back to it", Rules(gives_way=False), expected="I15"),
    Mutant("a task is shy of nodes in vain", Rules(asks_shy=True), expected="I15"),
    Mutant("a task is shy of the last node", Rules(spares_last_able=False), "alone", "I15"),
    Mutant("a rest never ends", Rules(wakes_rested=False), "frames", "L1"),
)

_ELSEWHERE = {
    "task": {"blocked"},
    "job": {"preparing", "validating", "exporting"},
}
"""States that one task alone never rests in: later stages of a split job, and what a job passes
through within one report."""
_TOLD_IN = {
    ("quarantine", "leased"): "losses",
    ("quarantine", "running"): "losses",
    ("revive", "failed"): "blame",
    ("revive", "quarantined"): "losses",
    ("retry", "failed"): "blame",
}


def _without_an_arrow() -> Iterator[Mutant]:
    """Take every arrow out of the tables, one at a time: none may go unnoticed."""
    for machine in (TASK, JOB):
        for move in machine.moves:
            for source in move.sources:
                if {source, move.target} & _ELSEWHERE[machine.name]:
                    continue
                if (move.event, source) == ("revive", "cancelled"):
                    continue  # Siblings of a failed task; here is none.
                less = narrowed(machine, move.event, source)
                rules = Rules(task_machine=less) if machine is TASK else Rules(job_machine=less)
                name = f"a {source} {machine.name} does not {move.event} (table)"
                yield Mutant(name, rules, _TOLD_IN.get((move.event, source), "render"))


MUTANTS = (*NAMED, *_without_an_arrow())
