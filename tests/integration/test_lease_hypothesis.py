"""The real queue does what the model of the lease protocol does, step by step, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.model.real import RealFarm
from tests.model.rules import Rules
from tests.model.search import tell
from tests.model.server import Server
from tests.model.state import JOB_ENDS, Config, World, start
from tests.model.steps import Steps
from tests.support.farm import Farm, open_farm
from tests.support.figures import figure

CONFIG = Config(
    "real",
    agents=3,
    faults=6,
    most=3,
    kinds=frozenset(
        {"crash", "cancel", "fail", "final", "give_up", "lie", "node_fails", "register", "retry",
         "stop"}
    ),
)  # fmt: skip
OFTEN = {
    "claim": 16, "grant": 16, "uploads": 16, "ends well": 8, "progress": 10, "result": 8,
    "result, unheard": 6, "asks": 4, "restarts": 8, "lease expires": 6, "rest is over": 8,
    "is released": 6, "retry": 8, "registers again": 3, "lease expires early": 3,
    "ends: fail": 3, "ends: stop": 2, "ends: node_fails": 2,
    "is told that its lease is over": 3,
}  # fmt: skip
"""How much likelier than others a step is taken, so that jobs live long enough to see much."""


class LeaseMachine(RuleBasedStateMachine):
    """Take steps of the model on the real farm; the truth beside is the model's state."""

    def __init__(self, runner: asyncio.Runner, farm: Farm, taken: list[str]) -> None:
        super().__init__()
        self._runner = runner
        self._farm = farm
        self._taken = taken
        self._model = Steps(Server(Rules(), CONFIG))
        self._world: World = start(CONFIG)
        self._real = runner.run(RealFarm.make(farm, CONFIG.agents))

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """Take any step of the model: of an agent, a message, a fault, a person."""
        steps = [
            step for step in self._model.of(self._world) for _ in range(OFTEN.get(step.name, 1))
        ]
        if not steps:
            self.order()
            return
        step = steps[data.draw(st.sampled_from(range(len(steps))))]
        self._taken.append(f"{step.name} {step.answer}".rstrip())
        note(tell(step))
        self._runner.run(self._real.act(self._world, step))
        self._world = step.after
        number = len(self._taken) % CONFIG.agents
        # A sign of life changes nothing that the model knows.
        self._runner.run(self._real.beat(self._world, number))

    @precondition(lambda self: self._world.task.job in JOB_ENDS)
    @rule()
    def order(self) -> None:
        """Begin anew with another job and other nodes."""
        self._runner.run(self._real.end())
        self._real = self._runner.run(RealFarm.make(self._farm, CONFIG.agents))
        self._world = start(CONFIG)

    @invariant()
    def database_agrees(self) -> None:
        """Compare the real rows with the model."""
        self._runner.run(self._real.agrees(self._world))

    def teardown(self) -> None:
        """Leave the database free for the next example."""
        self._runner.run(self._real.end())


NEEDED = {
    "claim granted", "progress accepted", "result accepted", "result again", "cancel",
    "lease expires early",
}  # fmt: skip
"""What must have come to pass, so that nothing agrees because nothing happened."""


def _play(runner: asyncio.Runner, farm: Farm, taken: list[str], *, long_run: bool) -> None:
    """Let Hypothesis choose the steps; without --long the same ones every time."""

    class Bound(LeaseMachine):
        def __init__(self) -> None:
            super().__init__(runner, farm, taken)

    chosen = settings(
        max_examples=1500 if long_run else 18,
        stateful_step_count=50,
        deadline=None,
        database=None,
        derandomize=not long_run,
        # Making a failure small takes minutes on a real database.
        phases=[Phase.generate, *([Phase.shrink] if long_run else [])],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Bound, settings=chosen)


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("others_have_long")
def test_the_real_queue_goes_where_the_model_goes(
    database: str,
    tmp_path: Path,
    long_run: bool,
    record_property: Callable[[str, float], None],
) -> None:
    taken: list[str] = []
    with asyncio.Runner() as runner:
        opened = open_farm(database, tmp_path)
        farm = runner.run(opened.__aenter__())
        try:
            _play(runner, farm, taken, long_run=long_run)
        finally:
            runner.run(opened.__aexit__(None, None, None))
    assert set(taken) >= NEEDED
    record_property(figure("lease model on PostgreSQL", "steps"), len(taken))
