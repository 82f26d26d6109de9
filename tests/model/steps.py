"""Every step that the modelled farm can take from a state: agents, messages, faults, wishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.server import Server, others_had_their_time
from tests.model.state import (
    ABSENT,
    BROKEN,
    BY_NODE,
    CLAIM,
    CLAIMING,
    CRASHED,
    DONE,
    FINAL,
    FRAME,
    GRANT,
    HANDED_BACK,
    HELD,
    IDLE,
    JOB_ENDS,
    LEASED,
    OPEN,
    PASSED,
    QUEUED,
    READY,
    REGISTER,
    REPORTING,
    RESULT,
    RUN,
    WORKING,
    Agent,
    Message,
    World,
)

_BUSY = (WORKING, REPORTING)


class Step(NamedTuple):
    """Be one step: what happened, and the state after it.

    `fair` steps happen sooner or later by themselves; the others are faults and wishes.
    """

    name: str
    agent: int
    message: Message
    answer: str
    fair: bool
    after: World


_NONE: Message = (-1, 0, 0, 0)


class Steps:
    """List the steps of a server with certain rules in a certain configuration."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._config = server.config
        self._kinds = server.config.kinds

    def of(self, world: World) -> Iterator[Step]:
        """Give every step from a state."""
        for number, agent in enumerate(world.agents):
            yield from self._agent(world, number, agent)
            for message in agent.sent:
                yield from self._arrives(world, number, agent, message)
        yield from self._world(world)

    # Agents

    def _agent(self, world: World, number: int, agent: Agent) -> Iterator[Step]:
        phase = agent.phase
        if phase == IDLE and world.task.job not in JOB_ENDS:
            claim = (CLAIM, agent.request + 1, 0, 0)
            asking = agent._replace(phase=CLAIMING, request=agent.request + 1)
            yield _step("asks", number, _put(world, number, _say(asking, claim)))
        elif phase == WORKING:
            yield from self._works(world, number, agent)
        elif phase == CRASHED:
            yield from self._restarts(world, number, agent)
        if phase in _BUSY and not _holds(world, number, agent):
            yield _step("is told that its lease is over", number, _put(world, number, _idle(agent)))
        if phase in _BUSY or phase == CLAIMING:
            yield from self._suffers(world, number, agent)

    def _works(self, world: World, number: int, agent: Agent) -> Iterator[Step]:
        """Upload what is missing, one object after the other; then report the end."""
        frames = self._config.frames
        missing = [n for n in (range(1, frames + 1) if frames else (0,)) if not agent.done >> n & 1]
        if missing:
            yield self._uploads(world, number, agent, missing[0])
            if not self._server.rules.records_uploaded_only and frames:
                yield self._claims_frame(world, number, agent, missing[0])
        elif agent.told == agent.done or not frames:
            yield _step("ends well", number, _put(world, number, _ends(agent, DONE)))

    def _uploads(self, world: World, number: int, agent: Agent, slot: int) -> Step:
        put = (self._server.key(agent.attempt, slot), agent.token)
        rest = world.rest
        rest = rest._replace(store=_stored(rest.store, put), puts=_added(rest.puts, put))
        after = agent._replace(done=agent.done | 1 << slot)
        if slot:
            after = _say(after, (FRAME, agent.attempt, agent.token, slot))
        world = world._replace(rest=rest)
        if not self._server.rules.publishes_at_end and _holds(world, number, agent):
            world = world._replace(task=world.task._replace(published=(put,)))
        return _step("uploads", number, _put(world, number, after))

    def _claims_frame(self, world: World, number: int, agent: Agent, slot: int) -> Step:
        """Speak of a frame before it is in storage, as a mutant lets agents do."""
        report = (FRAME, agent.attempt, agent.token, slot)
        return _step("speaks too early", number, _put(world, number, _say(agent, report)))

    def _restarts(self, world: World, number: int, agent: Agent) -> Iterator[Step]:
        """Start again with the outbox: offer its lease, then go on or hand it back."""
        held = (agent.attempt, agent.token)
        said = _say(agent, (REGISTER, *held, 0)) if agent.attempt else agent
        before = _put(world, number, said)
        after, kept = self._server.register(before, number, held)
        now = after.agents[number]
        again = _ends(now, now.outcome or HANDED_BACK) if kept else _idle(now)
        # A farm with a living agent must not need another one to come back.
        fair = all(one.phase == CRASHED for one in world.agents)
        answer = "kept" if kept else "lost"
        yield Step(
            "restarts", number, (REGISTER, *held, 0), answer, fair, _put(after, number, again)
        )

    def _suffers(self, world: World, number: int, agent: Agent) -> Iterator[Step]:
        """List what may go wrong with a busy agent, each at the cost of one fault."""
        if world.rest.left == 0:
            return
        kinds, paid = self._kinds, _paid(world)
        if "crash" in kinds:
            down = agent._replace(phase=CRASHED, done=0, told=0)
            yield _fault("crashes", number, _put(paid, number, down))
        if agent.phase == CLAIMING:
            if "give_up" in kinds:
                yield _fault("gives up its claim", number, _put(paid, number, _idle(agent)))
            return
        if "register" in kinds:
            held = (agent.attempt, agent.token)
            before = _put(paid, number, _say(agent, (REGISTER, *held, 0)))
            after, kept = self._server.register(before, number, held)
            if not kept:
                after = _put(after, number, _idle(after.agents[number]))
            answer = "kept" if kept else "lost"
            yield Step("registers again", number, (REGISTER, *held, 0), answer, False, after)
        if agent.phase == WORKING:
            for kind, outcome in (
                ("stop", HANDED_BACK), ("fail", BROKEN), ("node_fails", BY_NODE),
                ("final", FINAL), ("lie", DONE),
            ):  # fmt: skip
                if kind in kinds:
                    yield _fault(f"ends: {kind}", number, _put(paid, number, _ends(agent, outcome)))

    # Messages

    def _arrives(self, world: World, number: int, agent: Agent, message: Message) -> Iterator[Step]:
        kind, lease = message[0], (message[1], message[2])
        if kind == CLAIM:
            yield from self._claim_arrives(world, number, agent, message)
        elif kind == GRANT:
            if agent.phase == CLAIMING and agent.request == message[1]:
                yield self._grant_arrives(world, number, agent, message)
        elif kind == RUN:
            after, held = self._server.run(world, number, lease)
            yield from _reported("progress", world, after, number, message, held)
        elif kind == FRAME:
            after, held = self._server.frame(world, number, lease, message[3])
            yield from _reported("frame", world, after, number, message, held)
        elif kind == REGISTER:
            after, kept = self._server.register(world, number, lease)
            if after != world and world.rest.left:
                answer = "kept" if kept else "lost"
                yield Step("old registration", number, message, answer, False, _paid(after))
        elif kind == RESULT and not self._server.rules.checks_and_acts_at_once:
            yield from self._passes(world, number, agent, message)
        else:
            yield from self._result_arrives(world, number, message)

    def _claim_arrives(
        self, world: World, number: int, agent: Agent, message: Message
    ) -> Iterator[Step]:
        after, granted = self._server.claim(world, number, message[1])
        if after is None:
            return
        agent = after.agents[number]
        if granted is not None:
            grant = (GRANT, message[1], granted.attempt, granted.token)
            after = _put(after, number, _say(agent, grant))
        elif agent.phase == CLAIMING and agent.request == message[1]:
            after = _put(after, number, _idle(agent))
        if after != world:
            yield Step("claim", number, message, "granted" if granted else "empty", True, after)

    def _grant_arrives(self, world: World, number: int, agent: Agent, message: Message) -> Step:
        """Begin to work on what no earlier attempt delivered."""
        kept = sum(1 << n for n, one in enumerate(world.task.frames, 1) if one != (0, 0))
        working = agent._replace(
            phase=WORKING, attempt=message[2], token=message[3], done=kept, told=kept
        )
        working = _say(working, (RUN, message[2], message[3], 0))
        return Step("grant", number, message, "", True, _put(world, number, working))

    def _passes(self, world: World, number: int, agent: Agent, message: Message) -> Iterator[Step]:
        """Look at the fence now and act later, as a mutant does."""
        passed = (PASSED, *message[1:])
        fence = self._server.rules.fence_result
        held = self._server.holds(fence, world.task, number, (message[1], message[2]))
        if held and passed not in agent.sent:
            after = _put(world, number, _say(agent, passed))
            yield Step("result is looked at", number, message, "", True, after)

    def _result_arrives(self, world: World, number: int, message: Message) -> Iterator[Step]:
        lease, outcome = (message[1], message[2]), message[3]
        fenced = message[0] != PASSED
        after, answer = self._server.result(world, number, lease, outcome, fenced=fenced)
        agent = after.agents[number]
        if agent.phase == REPORTING and (agent.attempt, agent.token) == lease:
            told = _put(after, number, _idle(agent))
            yield Step("result", number, message, answer, True, told)
        if after is not world:
            # The answer is lost on its way, or nobody waits for it any more.
            yield Step("result, unheard", number, message, answer, True, after)

    # The farm

    def _world(self, world: World) -> Iterator[Step]:
        task, rest, rules = world.task, world.rest, self._server.rules
        if task.row == HELD and task.owner >= 0 and rules.expires:
            yield from self._expires(world)
        if task.state == QUEUED and task.row == ABSENT and rules.wakes_rested:
            yield _step("rest is over", -1, world._replace(task=task._replace(row=READY)))
        if any(one.node.shy for one in world.agents):
            yield _step("others had their time", -1, others_had_their_time(world))
        for put in rest.puts:
            if put not in rest.store:
                store = _stored(rest.store, put)
                after = world._replace(rest=rest._replace(store=store))
                yield Step("late upload", -1, _NONE, "", False, after)
        for number, agent in enumerate(world.agents):
            if agent.node.barred:
                freed = agent._replace(node=agent.node._replace(barred=0, streak=2))
                yield _step("is released", number, _put(world, number, freed))
        yield from self._wishes(world)

    def _expires(self, world: World) -> Iterator[Step]:
        """Expire at any time; for nothing when the holder does not work on it."""
        agent = world.agents[world.task.owner]
        waits = agent.phase == CLAIMING and any(
            one.request == agent.request and one.outcome == OPEN for one in agent.node.tries
        )
        if not waits and not (agent.phase in _BUSY and _holds(world, world.task.owner, agent)):
            yield _step("lease expires", world.task.owner, self._server.take_back(world))
        elif world.rest.left:
            after = self._server.take_back(_paid(world))
            yield _fault("lease expires early", world.task.owner, after)

    def _wishes(self, world: World) -> Iterator[Step]:
        rest, kinds, server = world.rest, self._kinds, self._server
        if "restore" in kinds and rest.backups == 0:
            agents = tuple(one._replace(saved=(one.node,)) for one in world.agents)
            saved = rest._replace(saved=(world.task,), backups=1)
            yield Step("backup", -1, _NONE, "", False, World(world.task, agents, saved))
        if rest.left == 0:
            return
        paid = _paid(world)
        if "cancel" in kinds and (after := server.cancel(paid)) is not None:
            yield _fault("cancel", -1, after)
        if "retry" in kinds and world.task.retries == 0:
            after = server.retry(paid)
            if after is not None:
                yield _fault("retry", -1, after)
        if "bar" in kinds:
            for number, agent in enumerate(world.agents):
                if not agent.node.barred:
                    barred = agent._replace(node=agent.node._replace(barred=1))
                    yield _fault("is barred", number, _put(paid, number, barred))
        if rest.saved:
            yield _fault("restore", -1, server.restore(paid))


def _reported(
    name: str, before: World, after: World, number: int, message: Message, held: bool
) -> Iterator[Step]:
    """Let the agent hear what became of its report, if it is still on that attempt."""
    agent = after.agents[number]
    if agent.phase in _BUSY and (agent.attempt, agent.token) == (message[1], message[2]):
        heard = agent
        if not held:
            heard = _idle(agent)
        elif message[0] == FRAME:
            bit = 1 << message[3]
            heard = agent._replace(told=agent.told | bit, done=agent.done | bit)
        if heard != agent:
            after = _put(after, number, heard)
    unmoved = held and message[0] == RUN and after.task.state == LEASED
    if unmoved or (after is not before and after != before):
        yield Step(name, number, message, "accepted" if held else "refused", True, after)


def _holds(world: World, number: int, agent: Agent) -> bool:
    task = world.task
    return (task.row, task.owner, task.attempt, task.token) == (
        HELD, number, agent.attempt, agent.token,
    )  # fmt: skip


def _idle(agent: Agent) -> Agent:
    return agent._replace(phase=IDLE, attempt=0, token=0, outcome=OPEN, done=0, told=0)


def _ends(agent: Agent, outcome: int) -> Agent:
    """Put the end of the attempt into the outbox."""
    said = _say(agent, (RESULT, agent.attempt, agent.token, outcome))
    return said._replace(phase=REPORTING, outcome=outcome, done=0, told=0)


def _say(agent: Agent, message: Message) -> Agent:
    if message in agent.sent:
        return agent
    return agent._replace(sent=tuple(sorted((*agent.sent, message))))


def _put(world: World, number: int, agent: Agent) -> World:
    agents = world.agents
    return World(world.task, (*agents[:number], agent, *agents[number + 1 :]), world.rest)


def _paid(world: World) -> World:
    return world._replace(rest=world.rest._replace(left=world.rest.left - 1))


def _stored(
    store: tuple[tuple[int, int], ...], put: tuple[int, int]
) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((*(one for one in store if one[0] != put[0]), put)))


def _added(puts: tuple[tuple[int, int], ...], put: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    return puts if put in puts else tuple(sorted((*puts, put)))


def _step(name: str, number: int, after: World) -> Step:
    return Step(name, number, _NONE, "", True, after)


def _fault(name: str, number: int, after: World) -> Step:
    return Step(name, number, _NONE, "", False, after)
