"""What the modelled server does with a claim, a report, a silence, a wish or a restore."""

from __future__ import annotations

from orchestrator.core.machines.job import path
from orchestrator.core.scheduling import blame
from orchestrator.wire.failures import FailureClass
from tests.model.rules import Rules
from tests.model.state import (
    ABSENT,
    BROKEN,
    BY_NODE,
    CLOSED,
    COUNTED,
    DONE,
    FINAL,
    HANDED_BACK,
    HELD,
    JOB_STATES,
    LEAP,
    LEASED,
    LOST,
    OPEN,
    READY,
    REPORTED,
    SET_BACK,
    Config,
    Node,
    Task,
    Try,
    World,
    key_of,
)

_CLASS = {
    BROKEN: FailureClass.UNKNOWN,
    BY_NODE: FailureClass.NODE,
    FINAL: FailureClass.VALUES,
}


class Server:
    """Apply the rules; every method gives the next state, or None where nothing changes."""

    def __init__(self, rules: Rules, config: Config) -> None:
        self.rules = rules
        self.config = config
        self._moves = rules.task_moves
        self._job_moves = rules.job_moves

    def holds(self, checks: frozenset[str], task: Task, agent: int, lease: tuple[int, int]) -> bool:
        """Ask the fence whether a report with this (attempt, token) counts."""
        return (
            ("held" not in checks or task.row == HELD)
            and ("attempt" not in checks or task.attempt == lease[0])
            and ("token" not in checks or task.token == lease[1])
            and ("owner" not in checks or task.owner == agent)
        )

    # Claims

    def claim(self, world: World, agent: int, request: int) -> tuple[World | None, Try | None]:
        """Answer a claim: the next state, and the grant; (None, None) says that it still waits.

        An unchanged state with no grant is the empty answer to a request answered before.
        """
        task, node = world.task, world.agents[agent].node
        if node.barred and not self.rules.asks_barred:
            return None, None
        if self.rules.claim_remembers:
            for one in node.tries:
                if one.request == request:
                    return self._repeat(world, agent, one)
        if task.row != READY or (node.shy and not self.rules.asks_shy):
            return None, None
        return self._lease(world, agent, request)

    def _repeat(self, world: World, agent: int, one: Try) -> tuple[World | None, Try | None]:
        task = world.task
        if (task.row, task.owner, task.attempt) != (HELD, agent, one.attempt):
            return world, None
        if self.rules.repeat_keeps_token:
            return world, one._replace(token=task.token)
        fresh = world.rest.fresh + 1
        again = one._replace(token=fresh)
        world = _with_try(world, agent, one, again)
        task = task._replace(token=fresh)
        return world._replace(task=task, rest=world.rest._replace(fresh=fresh)), again

    def _lease(self, world: World, agent: int, request: int) -> tuple[World | None, Try | None]:
        task, rest, rules = world.task, world.rest, self.rules
        target = self._moves["lease"][task.state]
        if target < 0:
            return None, None
        last = task.attempt
        if rules.raises_epoch and rules.leaps_for_held:
            last = max(last, LEAP * (task.epoch - 1))
        attempt = last + 1 if rules.raises_attempt else max(last, 1)
        token = task.token
        if rules.renews_token or token == 0:
            token = rest.fresh + 1
            rest = rest._replace(fresh=token)
        granted = Try(attempt, token, request, OPEN, task.retries)
        node = world.agents[agent].node
        node = node._replace(tries=(*node.tries, granted))
        task = task._replace(state=target, row=HELD, attempt=attempt, token=token, owner=agent)
        rest = rest._replace(top=max(rest.top, attempt))
        return _with_node(World(task, world.agents, rest), agent, node), granted

    # Reports

    def run(self, world: World, agent: int, lease: tuple[int, int]) -> tuple[World, bool]:
        """Take progress: the first makes the task run; (next state, whether the fence passed)."""
        task = world.task
        if not self.holds(self.rules.fence_run, task, agent, lease):
            return world, False
        target = self._moves["run"][task.state]
        if target >= 0:
            task = self._advance(task._replace(state=target), "rendering")
        return (world if task == world.task else world._replace(task=task)), True

    def frame(
        self, world: World, agent: int, lease: tuple[int, int], number: int
    ) -> tuple[World, bool]:
        """Record a frame, number 1.., of an attempt; the first record of a frame stays."""
        task = world.task
        if not self.holds(self.rules.fence_frame, task, agent, lease):
            return world, False
        if task.frames[number - 1] != (0, 0):
            return world, True
        frames = list(task.frames)
        frames[number - 1] = (self.key(lease[0], number), lease[1])
        return world._replace(task=task._replace(frames=tuple(frames))), True

    def key(self, attempt: int, slot: int) -> int:
        """Give the storage key of an object."""
        return key_of(attempt, slot, shared=not self.rules.attempt_in_key)

    def result(
        self, world: World, agent: int, lease: tuple[int, int], outcome: int, *, fenced: bool = True
    ) -> tuple[World, str]:
        """End an attempt; give the next state and the answer: accepted, again or refused."""
        task = world.task
        known = _find(world.agents[agent].node, lease)
        if self.rules.result_remembers and known is not None and known.outcome in REPORTED:
            return world, "again"
        if fenced and not self.holds(self.rules.fence_result, task, agent, lease):
            return world, "refused"
        if outcome == DONE:
            outputs = self._outputs(world, lease)
            if outputs is None:
                outcome = BROKEN
            else:
                return self._complete(world, agent, known, outputs)
        return self._end_badly(world, agent, known, outcome)

    def _outputs(self, world: World, lease: tuple[int, int]) -> tuple[tuple[int, int], ...] | None:
        """Give what would be published; None when something of it is missing in storage."""
        if self.config.frames:
            wanted: tuple[tuple[int, int], ...] = world.task.frames
            complete = (0, 0) not in wanted
        else:
            wanted = ((self.key(lease[0], 0), lease[1]),)
            complete = wanted[0] in world.rest.store
        return wanted if complete or not self.rules.checks_outputs else None

    def _complete(
        self, world: World, agent: int, known: Try | None, outputs: tuple[tuple[int, int], ...]
    ) -> tuple[World, str]:
        target = self._moves["succeed"][world.task.state]
        if target < 0:
            return world, "refused"
        task = _freed(world.task)._replace(state=target, row=ABSENT, token=0, published=outputs)
        task = self._advance(task, "done")
        world = _ended(world._replace(task=task), agent, known, DONE)
        return self._trust(world, agent, DONE), "accepted"

    def _end_badly(
        self, world: World, agent: int, known: Try | None, outcome: int
    ) -> tuple[World, str]:
        """Requeue, fail or quarantine, as the server's own decisions say."""
        if self._moves["requeue"][world.task.state] < 0:
            return world, "refused"
        world = _ended(world, agent, known, outcome)
        if outcome == HANDED_BACK:
            if self.rules.interruption_is_free:
                return world._replace(task=self._requeued(world.task, READY)), "accepted"
            outcome_class = FailureClass.TRANSIENT
        else:
            outcome_class = _CLASS[outcome]
            world = self._trust(world, agent, outcome)
        verdict = blame.after_failure(outcome_class, self.history(world), self.config.most)
        if verdict.event == "requeue":
            row = ABSENT if verdict.rest_s > 0 else READY
            world = self._gives_way(world)
            return world._replace(task=self._requeued(world.task, row)), "accepted"
        return world._replace(task=self._given_up(world.task, verdict.event)), "accepted"

    def _trust(self, world: World, agent: int, outcome: int) -> World:
        """Count an outcome for its node; three failures in a row bar it, unless it is the last."""
        node = world.agents[agent].node
        if outcome == DONE:
            return _with_node(world, agent, node._replace(streak=0))
        if outcome == FINAL:
            return world
        node = node._replace(streak=node.streak + 1)
        others = sum(not one.node.barred for one in world.agents) - (not node.barred)
        if not self.rules.spares_last_node:
            others = 1
        if blame.node_is_distrusted(node.streak, others):
            node = node._replace(barred=1)
        return _with_node(world, agent, node)

    def history(self, world: World) -> blame.History:
        """Count what happened to the task since it began or was revived."""
        failures = nodes = setbacks = 0
        for agent in world.agents:
            here = [one.outcome for one in agent.node.tries if one.life == world.task.retries]
            if not self.rules.interruption_is_free:
                here = [BROKEN if one == HANDED_BACK else one for one in here]
            counted = sum(one in COUNTED for one in here)
            lost = here.count(LOST)
            failures += counted
            nodes += bool(counted or lost)
            setbacks += lost + here.count(BY_NODE)
        return blame.History(failures, nodes, setbacks)

    def _gives_way(self, world: World) -> World:
        """Let nodes that lost or failed the task get it last, unless no other may have it."""
        if not self.rules.gives_way:
            return world
        tried = [
            any(o.outcome in SET_BACK and o.life == world.task.retries for o in one.node.tries)
            for one in world.agents
        ]
        others = [not t and not one.node.barred for t, one in zip(tried, world.agents, strict=True)]
        if self.rules.spares_last_able and not any(others):
            tried = [False] * len(tried)
        for number, shy in enumerate(tried):
            node = world.agents[number].node._replace(shy=int(shy))
            world = _with_node(world, number, node)
        return world

    # Silence, sessions, wishes

    def take_back(self, world: World) -> World:
        """Take the lease from its holder: the task is queued again, or put before a person."""
        task = world.task
        node = world.agents[task.owner].node
        lost = _find(node, (task.attempt, task.token))
        world = _ended(world, task.owner, lost, LOST)
        event = "requeue"
        if self.rules.judges_losses:
            event = blame.after_loss(self.history(world), self.config.most).event
        if event == "requeue":
            return self._gives_way(world)._replace(task=self._requeued(task, READY))
        return world._replace(task=self._given_up(task, event))

    def register(self, world: World, agent: int, held: tuple[int, int]) -> tuple[World, bool]:
        """Open a session that offers a lease, (0, 0) for none; give whether it goes on."""
        task = world.task
        if task.row == HELD and task.owner == agent:
            if held == (task.attempt, task.token) and self.rules.register_keeps_offered:
                return world, True
            world = self.take_back(world)
            if not self.rules.register_keeps_offered:
                return world, False
        return self._reclaim(world, agent, held)

    def _reclaim(self, world: World, agent: int, held: tuple[int, int]) -> tuple[World, bool]:
        """Give a lost lease back when nobody leased the task since."""
        task = world.task
        lost = _find(world.agents[agent].node, held)
        if lost is None or lost.outcome != LOST:
            return world, False
        target = self._moves["lease"][task.state]
        free = task.row == READY and task.attempt == held[0] and target >= 0
        if self.rules.reclaim_checks and not free:
            return world, False
        task = task._replace(state=LEASED, row=HELD, owner=agent, attempt=held[0], token=held[1])
        return _ended(world._replace(task=task), agent, lost, OPEN), True

    def cancel(self, world: World) -> World | None:
        """Cancel the job and its task."""
        task = self._job(world.task, "cancel")
        if task == world.task:
            return None
        target = self._moves["cancel"][task.state]
        if target < 0:
            return world._replace(task=task)
        owner, lease = task.owner, (task.attempt, task.token)
        if self.rules.cancel_takes_row:
            task = _freed(task)._replace(state=target, row=ABSENT, token=0)
        else:
            task = task._replace(state=target)
        world = world._replace(task=task)
        if owner < 0:
            return world
        return _ended(world, owner, _find(world.agents[owner].node, lease), CLOSED)

    def retry(self, world: World) -> World | None:
        """Bring a failed job back by a person's wish."""
        task = self._job(world.task, "retry")
        target = self._moves["revive"][task.state]
        if task == world.task or target < 0:
            return None
        task = task._replace(state=target, row=READY, retries=task.retries + 1)
        return others_had_their_time(world._replace(task=task))

    def restore(self, world: World) -> World:
        """Put the database back to its backup; storage, agents and the network know more."""
        rest, rules = world.rest, self.rules
        task = rest.saved[0]
        if rules.raises_epoch:
            epoch = max(task.epoch, rest.marker) + 1
            rest = rest._replace(marker=epoch)
            task = task._replace(epoch=epoch)
            if not rules.leaps_for_held and task.row != HELD:
                task = task._replace(attempt=task.attempt + LEAP)
        agents = tuple(one._replace(node=one.saved[0], saved=()) for one in world.agents)
        return World(task, agents, rest._replace(saved=()))

    # Moves

    def _requeued(self, task: Task, row: int) -> Task:
        target = self._moves["requeue"][task.state]
        if target < 0:
            target = task.state
        token = 0 if self.rules.renews_token else task.token
        return _freed(task)._replace(state=target, row=row, token=token)

    def _given_up(self, task: Task, event: str) -> Task:
        target = self._moves[event][task.state]
        if target < 0:
            target = task.state
        return self._job(_freed(task)._replace(state=target, row=ABSENT, token=0), "fail")

    def _advance(self, task: Task, target: str) -> Task:
        for event in path(JOB_STATES[task.job], target):
            task = self._job(task, event)
        return task

    def _job(self, task: Task, event: str) -> Task:
        """Move the job, with its row in the outbox; the same task where the table forbids it."""
        target = self._job_moves[event][task.job]
        if target < 0:
            return task
        retries = task.retries + (event == "retry")
        outbox = task.outbox
        if self.rules.outbox_with_move:
            outbox |= 1 << (retries * len(JOB_STATES) + target)
        return task._replace(job=target, outbox=outbox)


def others_had_their_time(world: World) -> World:
    """Let every node have the task again."""
    for number, agent in enumerate(world.agents):
        world = _with_node(world, number, agent.node._replace(shy=0))
    return world


def _freed(task: Task) -> Task:
    return task._replace(owner=-1)


def _find(node: Node, lease: tuple[int, int]) -> Try | None:
    for one in node.tries:
        if (one.attempt, one.token) == lease:
            return one
    return None


def _with_node(world: World, agent: int, node: Node) -> World:
    agents = list(world.agents)
    agents[agent] = agents[agent]._replace(node=node)
    return world._replace(agents=tuple(agents))


def _with_try(world: World, agent: int, old: Try, new: Try) -> World:
    node = world.agents[agent].node
    tries = tuple(new if one == old else one for one in node.tries)
    return _with_node(world, agent, node._replace(tries=tries))


def _ended(world: World, agent: int, known: Try | None, outcome: int) -> World:
    """Write down how an attempt ended (OPEN: that it goes on)."""
    if known is None:
        return world
    return _with_try(world, agent, known, known._replace(outcome=outcome))
