"""`flatrender render` says why nothing happens: a pure look at a job's tasks and the nodes."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.cli.watch import why_waiting
from orchestrator.wire.agent import Capabilities, EngineInfo
from orchestrator.wire.base import EngineKind
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.renders import TaskView
from orchestrator.wire.resources import Node

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUEUED = TaskView(id=1, kind="render", state="queued", attempt=0)


def node(name: str, engine: EngineKind | None = "preview", **given: Any) -> Node:
    info = () if engine is None else (EngineInfo(kind=engine, version="26.0", major=26),)
    able = Capabilities(
        engines=info, kinds=given.pop("kinds", ("render",)), cores=2, memory_bytes=2**33
    )
    told: dict[str, Any] = {"state": "online", "slots": 1, "leases": 0, **given}
    return Node(
        id=uuid4(), name=name, platform="linux", agent_version="1", capabilities=able,
        sample=None, created_at=NOW, **told,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([], ["no node", "flatrender enrol"]),
        ([node("a", state="offline"), node("b", state="quarantined")], ["a is offline", "b is q"]),
        ([node("a"), node("b", None)], ["offers the engine aftereffects", "a: preview"]),
        ([node("a", "aftereffects", kinds=("bind",))], ["tasks of the kind render"]),
        ([node("a", "aftereffects", leases=1)], ["1 able node is busy"]),
        ([node("a", "aftereffects", state="draining")], ["a is draining"]),
        ([node("a", "aftereffects", conditions=("disk_full",))], ["no work now", "a: disk_full"]),
        ([node("a", state="quarantined", state_reason="crash_storm")], ["(crash_storm)"]),
        ([node("a", "aftereffects")], ["free"]),
    ],
)  # fmt: skip
def test_each_reason_to_wait_is_named_with_what_to_do(nodes: list[Node], words: list[str]) -> None:
    said = why_waiting("aftereffects", [QUEUED], nodes)
    assert said is not None
    for word in words:
        assert word in said


@pytest.mark.parametrize("state", ["leased", "running", "succeeded"])
def test_a_job_that_somebody_works_on_does_not_wait(state: Any) -> None:
    tasks = [QUEUED, QUEUED.model_copy(update={"state": state})]
    assert (why_waiting("preview", tasks, []) is None) == (state != "succeeded")


def test_a_key_that_may_not_see_the_nodes_says_so() -> None:
    said = why_waiting("aftereffects", [QUEUED], None)
    assert said is not None
    assert "operator" in said
    assert "aftereffects" in said


def test_a_task_that_rests_after_a_failure_names_the_failure() -> None:
    failure = Failure(failure_class=FailureClass.NODE, code="gpu", message="The GPU failed.")
    tasks = [QUEUED.model_copy(update={"failure": failure, "attempt": 1})]
    said = why_waiting("preview", tasks, [node("a")])
    assert said is not None
    assert "The GPU failed." in said
