"""What /metrics shows of the work that waits, is late, and ended."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.api.metrics import Metrics
from orchestrator.usecases.health import look
from orchestrator.usecases.health.counts import Counts
from orchestrator.usecases.health.look import Gauges
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.tasks import ResultAnswer, ResultReport
from tests.support.farm import Farm, open_farm

TOKEN = "1." + "0" * 32


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_gauges_tell_what_is_ready_leased_late_and_how_old(farm: Farm) -> None:
    for _ in range(3):
        await farm.job("0-9")
    await farm.look.execute("UPDATE render.tasks SET queued_at = now() - interval '90 s'")
    node = await farm.node()
    await node.claim()
    await farm.age_sessions(3600, node)
    found = await Gauges(farm.deps).look()
    assert found["queue"] == {"ready": 2, "leased": 1, "delayed": 0}
    assert found["leases"] == {"overdue": 1}
    assert found["nodes"] == {"online": 1}
    assert sum(found["jobs"].values()) == 3
    assert 90 <= found["ages"]["oldest_ready"] < 3600


async def test_many_who_ask_share_one_look(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "GAUGES_S", 3600.0)
    gauges = Gauges(farm.deps)
    first = await gauges.look()
    await farm.job("0-9")
    assert await gauges.look() is first
    assert (await Gauges(farm.deps).look())["queue"]["ready"] == 1


async def test_an_empty_farm_has_no_old_task(farm: Farm) -> None:
    found = await Gauges(farm.deps).look()
    assert (found["queue"]["ready"], found["ages"]["oldest_ready"]) == (0, 0)


def test_results_are_counted_by_outcome_and_class() -> None:
    counts = Counts(None)  # type: ignore[arg-type]
    failure = Failure(failure_class=FailureClass.TEMPLATE, code="x", message="y")
    well = ResultReport(token=TOKEN, outcome="succeeded")
    counts.result(well, ResultAnswer(task_state="succeeded"))
    counts.result(well, ResultAnswer(task_state="queued"))
    bad = ResultReport(token=TOKEN, outcome="failed", failure=failure)
    counts.result(bad, ResultAnswer(task_state="failed"))
    metrics = Metrics()
    metrics.counted(counts.results, 4)
    metrics.measured({"leases": {"overdue": 2}, "ages": {"oldest_ready": 7}})
    lines = Counter(metrics.render().decode().splitlines())
    for line in (
        'flatrender_results_total{failure_class="",outcome="succeeded"} 1.0',
        'flatrender_results_total{failure_class="",outcome="refused"} 1.0',
        'flatrender_results_total{failure_class="template",outcome="failed"} 1.0',
        "flatrender_leases_expired_total 4.0",
        "flatrender_leases_overdue 2.0",
        "flatrender_queue_oldest_ready_seconds 7.0",
    ):
        assert lines[line] == 1, line
