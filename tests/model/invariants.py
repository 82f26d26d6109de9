"""What must hold in every state and in every step of the lease protocol (I1 to I15)."""

from __future__ import annotations

from orchestrator.core.scheduling.blame import History
from tests.model.state import (
    ABSENT,
    BY_NODE,
    CANCELLED,
    COUNTED,
    FAILED,
    FINAL,
    FRAME,
    HELD,
    HELD_STATES,
    JOB_CANCELLED,
    JOB_ENDS,
    JOB_FAILED,
    JOB_STATES,
    LOST,
    PASSED,
    QUARANTINED,
    QUEUED,
    READY,
    REGISTER,
    REPORTED,
    RESULT,
    RUN,
    RUNNING,
    SET_BACK,
    SUCCEEDED,
    TASK_ENDS,
    Config,
    World,
)
from tests.model.steps import Step

_REPORTS = frozenset({RUN, FRAME, RESULT, PASSED})
NODES_MAX = 3
PATIENCE = 4
"""As DOMAIN.md rules: three distinct nodes, and four times the attempts for losses."""


def broken_in_state(world: World, config: Config) -> str | None:
    """Name the first invariant that a state breaks."""
    return (
        _published_is_there(world)
        or _lease_has_owner(world)
        or _ends_are_earned(world, config)
        or _one_grant_a_request(world)
        or _job_agrees(world)
    )


def unheard(world: World, names: set[str], config: Config) -> str | None:
    """I14: a person who cancels what goes on, or retries what failed, is heard.

    `names` are the names of the steps that the state has.
    """
    if world.rest.left == 0:
        return None
    if "cancel" in config.kinds and world.task.job not in JOB_ENDS and "cancel" not in names:
        return "I14 what goes on can be cancelled"
    may_retry = "retry" in config.kinds and world.task.retries == 0
    if may_retry and world.task.job == JOB_FAILED and "retry" not in names:
        return "I14 what failed can be tried again"
    return None


def broken_in_step(before: World, step: Step) -> str | None:
    """Name the first invariant that a step breaks."""
    if step.name == "restore":
        return None
    return (
        _reports(before, step)
        or _ends_stay(before, step)
        or _attempts_rise(before, step)
        or _outbox(before.task.job, before.task.outbox, step.after)
        or _answers(before, step)
        or _last_node_is_spared(before, step)
        or _others_go_first(before, step)
    )


def _published_is_there(world: World) -> str | None:
    """I5: what is published, and every recorded frame, lies in storage as it was made."""
    task, store = world.task, world.rest.store
    for one in task.published:
        if one not in store:
            return "I5 published is complete in storage and unchanged"
    for one in task.frames:
        if one != (0, 0) and one not in store:
            return "I5 a recorded frame lies in storage"
    if task.published and task.state != SUCCEEDED:
        return "I9 nothing is published of what did not succeed"
    return None


def _lease_has_owner(world: World) -> str | None:
    """I6: the queue's row, the task's state and the owner say the same."""
    task = world.task
    if (task.row == HELD) != (task.state in HELD_STATES):
        return "I6 held in the queue means leased or running"
    if (task.owner >= 0) != (task.row == HELD):
        return "I6 leased has an owner"
    if task.row == READY and task.state != QUEUED:
        return "I6 what is ready is queued"
    return None


def _history(world: World) -> tuple[History, bool]:
    failures = nodes = setbacks = 0
    final = False
    for agent in world.agents:
        here = [one.outcome for one in agent.node.tries if one.life == world.task.retries]
        counted, lost = sum(one in COUNTED for one in here), here.count(LOST)
        failures += counted
        nodes += bool(counted or lost)
        setbacks += lost + here.count(BY_NODE)
        final = final or FINAL in here
    return History(failures, nodes, setbacks), final


def _ends_are_earned(world: World, config: Config) -> str | None:
    """I8: a task is tried within its limits, and ended badly only beyond them."""
    task = world.task
    if task.state in {SUCCEEDED, CANCELLED}:
        return None
    history, final = _history(world)
    beyond = (
        final
        or history.failures >= config.most
        or history.nodes >= NODES_MAX
        or history.setbacks >= PATIENCE * config.most
    )
    if task.state in {FAILED, QUARANTINED}:
        return None if beyond else "I8 a task ends badly only for its own failures or losses"
    return "I8 a task beyond its limits is put before a person" if beyond else None


def _one_grant_a_request(world: World) -> str | None:
    """I11: a request id is granted once, however often it arrives."""
    for agent in world.agents:
        requests = [one.request for one in agent.node.tries]
        if len(set(requests)) != len(requests):
            return "I11 one request id, one grant"
    return None


def _job_agrees(world: World) -> str | None:
    """I9: a cancelled job has no task at work; an ended job has none that waits."""
    task = world.task
    if task.job == JOB_CANCELLED and (task.state != CANCELLED or task.published):
        return "I9 cancelled: nothing is published, nothing goes on"
    if task.job in JOB_ENDS and task.row != ABSENT:
        return "I9 an ended job has nothing in the queue"
    if task.state in TASK_ENDS and task.job not in JOB_ENDS:
        return "I1 a job ends with its task"
    return None


def _reports(before: World, step: Step) -> str | None:
    """I2: only the holder's report changes the server. I7: and the holder's does."""
    kind, attempt, token = step.message[:3]
    if kind not in _REPORTS or not step.answer:
        return None
    task, after = before.task, step.after.task
    known = any(
        (one.attempt, one.token) == (attempt, token) for one in before.agents[step.agent].node.tries
    )
    holder = (task.row, task.owner, task.attempt) == (HELD, step.agent, attempt)
    if after != task and not (holder and task.token == token and known):
        return "I2 a stale report changes nothing"
    if not holder or task.state not in HELD_STATES:
        return None
    if kind in {RESULT, PASSED} and (step.answer != "accepted" or after.state in HELD_STATES):
        return "I7 the holder's result is taken"
    if kind in {RUN, FRAME} and step.answer != "accepted":
        return "I7 the holder's report is taken"
    if kind == RUN and after.state != RUNNING:
        return "I7 progress makes the task run"
    return None


def _ends_stay(before: World, step: Step) -> str | None:
    """I1 and I3: an end is left by a person's retry alone; published never changes."""
    task, after = before.task, step.after.task
    if task.published and after.published != task.published:
        return "I5 published never changes"
    retried = step.name == "retry"
    ended = task.state in TASK_ENDS and after.state != task.state
    if ended and not (retried and task.state != SUCCEEDED):
        return "I3 an end is left by a retry alone, and success never"
    ended = task.job in JOB_ENDS and after.job != task.job
    if ended and not (retried and task.job == JOB_FAILED):
        return "I3 an ended job is left by a retry alone, and only when it failed"
    if after.state == SUCCEEDED != task.state and task.state not in HELD_STATES:
        return "I1 only held work completes, once"
    if after.state == SUCCEEDED != task.state and JOB_STATES[after.job] != "done":
        return "I1 the job is done with its work"
    return None


def _attempts_rise(before: World, step: Step) -> str | None:
    """I4: attempt numbers never fall, and no grant repeats a number or a token, ever."""
    task, after = before.task, step.after.task
    if after.attempt < task.attempt:
        return "I4 attempt numbers never fall"
    if step.name != "claim" or step.answer != "granted" or task.row == HELD:
        return None
    if after.attempt <= before.rest.top:
        return "I4 an attempt number is granted once, also across a restore"
    if after.token <= before.rest.fresh:
        return "I4 a token is granted once"
    if before.agents[step.agent].node.barred:
        return "I13 a barred node gets no work"
    return None


def _last_node_is_spared(before: World, step: Step) -> str | None:
    """I13: the server itself never bars the last node."""
    had = any(not one.node.barred for one in before.agents)
    has = any(not one.node.barred for one in step.after.agents)
    return "I13 the last node is spared" if step.message[0] == RESULT and had > has else None


def _others_go_first(before: World, step: Step) -> str | None:
    """I15: a task that was set back goes to another node first, where one may have it."""
    task, agents = step.after.task, step.after.agents
    if step.name == "claim" and step.answer == "granted":
        shy = before.agents[step.agent].node.shy
        return "I15 nodes that it is shy of wait" if shy else None
    bad = [
        sum(one.outcome in SET_BACK and one.life == task.retries for one in agent.node.tries)
        for agent in agents
    ]
    was = [
        sum(one.outcome in SET_BACK and one.life == task.retries for one in agent.node.tries)
        for agent in before.agents
    ]
    if task.state != QUEUED or sum(bad) <= sum(was):
        return None
    may = any(not n and not agent.node.barred for n, agent in zip(bad, agents, strict=True))
    expected = [int(may and n > 0) for n in bad]
    if [agent.node.shy for agent in agents] != expected:
        return "I15 others go first, where there are others"
    return None


def _outbox(job: int, outbox: int, after: World) -> str | None:
    """I10: the outbox gains rows exactly when the job moves, one for where it stands now."""
    task = after.task
    gained = task.outbox & ~outbox
    if task.job == job:
        return "I10 an outbox row only with a move" if gained else None
    here = 1 << (task.retries * len(JOB_STATES) + task.job)
    return None if gained & here else "I10 no move without its outbox row"


def _answers(before: World, step: Step) -> str | None:
    """I12: the same result again is answered the same and changes nothing."""
    if step.message[0] == RESULT and step.answer:
        for one in before.agents[step.agent].node.tries:
            same = (one.attempt, one.token) == step.message[1:3] and one.outcome in REPORTED
            if same and (step.answer != "again" or step.after.task != before.task):
                return "I12 the same result again is answered the same"
    if step.message[0] == REGISTER:
        task, lease = before.task, step.message[1:3]
        rightful = (task.row, task.owner, task.attempt, task.token) == (HELD, step.agent, *lease)
        if rightful and step.answer != "kept":
            return "I7 an offered lease that is still held goes on"
    return None
