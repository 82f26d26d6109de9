"""A short chaos run holds every invariant, and a stopped one leaves nothing behind."""

from __future__ import annotations

import importlib.util
import json
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import plan
from tests.chaos.__main__ import parse
from tests.chaos.points import agent, server
from tests.support.commands import Command, assert_nobody_left, processes_of
from tests.support.figures import figure

KINDS = tuple(kind for kind in plan.EVERY_S if kind not in {"outage", "readonly"})
"""All but those after which leases rest for three lease times, or one."""
NOTHING = (
    "lost", "duplicated", "stale_accepted", "frames_wrong", "orphans", "rows_left",
    "events_wrong", "usage_wrong", "not_refused",
)  # fmt: skip
SECONDS = 7


def chaos(*words: str, temp: Path) -> Command:
    """Start the command with a temporary folder of its own."""
    return Command(*words, cwd=temp, env={"TMPDIR": str(temp)}, module="tests.chaos")


@pytest.fixture
def temp() -> Any:
    """Lend a temporary folder with a short name."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        yield Path(name)
        for process in processes_of(Path(name)):
            process.kill()


def test_a_farm_under_fire_loses_doubles_and_mixes_nothing(
    temp: Path, record_property: Callable[[str, object], None]
) -> None:
    words = ("--seed", "61", "--seconds", str(SECONDS), "--agents", "3", "--ttl", "2", "--json",
             "--faults", ",".join(KINDS))  # fmt: skip
    ran = chaos(*words, temp=temp).end()
    assert ran.out, ran.err
    figures = json.loads(ran.out)
    # How fast is for benchmarks: a busy machine may be late.
    assert [told for told in figures["wrong"] if not told.startswith("too_late")] == [], ran.err
    assert {name: figures[name] for name in NOTHING} == dict.fromkeys(NOTHING, 0)
    assert figures["done"] > 0
    assert sum(figures["faults"].values()) + figures["passed_over"] >= len(KINDS)
    assert ran.code == (0 if figures["ok"] else 3)
    record_property(figure("chaos", "renders"), figures["done"])
    record_property(figure("chaos", "faults"), sum(figures["faults"].values()))
    record_property(figure("chaos", "zombies refused"), figures["zombies_refused"])


def test_a_stopped_run_ends_everything_that_it_started(temp: Path) -> None:
    command = chaos("--seed", "1", "--seconds", "600", "--agents", "2", temp=temp)
    command.line_with("the farm is up")
    command.process.send_signal(signal.SIGINT)
    ran = command.end()
    assert ran.code == 130, ran.err
    assert_nobody_left(temp)
    assert list(temp.iterdir()) == []


def test_a_seed_names_one_schedule_and_every_kind_of_fault_comes_early() -> None:
    one = plan.faults(5, 600, KINDS, 5, 3)
    assert one == plan.faults(5, 600, KINDS, 5, 3)
    assert plan.digest(one) != plan.digest(plan.faults(6, 600, KINDS, 5, 3))
    assert [fault.at_s for fault in one] == sorted(fault.at_s for fault in one)
    assert {fault.kind for fault in plan.faults(5, SECONDS, KINDS, 3, 3)} == set(KINDS)


def test_one_kind_of_fault_keeps_its_times_whatever_others_are_asked_for() -> None:
    alone = plan.faults(5, 600, ("pg_crash",), 5, 3)
    among = [fault for fault in plan.faults(5, 600, KINDS, 5, 3) if fault.kind == "pg_crash"]
    assert alone == among


def test_every_named_point_is_a_step_that_the_product_has() -> None:
    asked = {"statement.before", "statement.after", "commit.before", "commit.after"}
    lost = [
        name
        for name, point in server.POINTS.items()
        if point.door in asked and not any(_exists(f"orchestrator.{one}") for one in point.where)
    ]
    assert lost == []
    assert min(len(server.POINTS), len(agent.POINTS)) >= 12


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def test_a_seed_deals_every_point_before_it_deals_one_again() -> None:
    dealt = [f.how.split(" ")[1] for f in plan.faults(3, 4000, ("server_point",), 5, 3)]
    assert set(dealt[: len(server.POINTS)]) == set(server.POINTS)


def test_a_fault_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--faults", "pg_crash,meteor"])
    assert ended.value.code == 2
    assert "no such fault: meteor" in capsys.readouterr().err
