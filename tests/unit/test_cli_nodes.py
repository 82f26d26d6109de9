"""The list of nodes says in words what is wrong with each."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from orchestrator.cli.nodes import remarks
from orchestrator.wire.resources import Node


def test_a_node_tells_why_it_stands_aside_what_it_suffers_from_and_what_it_cannot_do() -> None:
    node = Node(
        id=UUID(int=1), name="ada", state="online", platform="linux", agent_version="1",
        capabilities=None, sample=None, slots=1, leases=0,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    assert remarks(node) == ""
    able = {"engines": [], "cores": 1, "memory_bytes": 1, "problems": ["This node has no ffmpeg."]}
    told = node.model_copy(
        update={
            "state_reason": "resting",
            "conditions": ("disk_full",),
            "capabilities": type(node)
            .model_validate({**node.model_dump(), "capabilities": able}, strict=False)
            .capabilities,
        }
    )
    assert remarks(told) == "resting, disk_full, This node has no ffmpeg."
