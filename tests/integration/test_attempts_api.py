"""Attempts and their logs, over HTTP and on the command line; and the commands on nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from orchestrator.cli.commands import app
from orchestrator.client import FarmClient
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from orchestrator.usecases.tasks import notes
from orchestrator.wire.tasks import Grant, LogChunk
from tests.support.farm import Agent, Farm, open_farm
from tests.support.server import Api, another_tenant, running


@dataclass(frozen=True, slots=True)
class Both:
    """Hold a farm whose nodes speak without HTTP, and the same database served over it."""

    farm: Farm
    api: Api

    def run(self, *words: str) -> Result:
        """Run one command of `flatrender` against the server."""
        assert self.api.key is not None
        env = {"FLATRENDER_API_KEY": self.api.key, "FLATRENDER_SERVER": self.api.base}
        return CliRunner().invoke(app, words, env=env)


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[Both]:
    async with (
        open_farm(database, tmp_path / "farm") as farm,
        running(database, tmp_path / "server") as api,
    ):
        yield Both(farm, api)


async def write_log(node: Agent, grant: Grant, *pieces: str) -> None:
    offset = 0
    for text in pieces:
        chunk = LogChunk(token=grant.token, offset=offset, text=text)
        offset = (await notes.log(node.farm.deps, node.claimed(grant), chunk)).offset


async def tried_twice(farm: Farm) -> tuple[UUID, Agent, list[Grant]]:
    """Order a job, hand it back once, and render it; each attempt writes a log."""
    job, node, grants = await farm.job("0-9"), await farm.node("one"), []
    for turn in range(2):
        (grant,) = await node.claim()
        grants.append(grant)
        await write_log(node, grant, f"turn {turn}\n", "\x1b[2Jschöne Bilder, ", "viele\n")
        await (node.interrupt(grant) if turn == 0 else node.render(grant))
    return job, node, grants


async def test_each_attempt_is_listed_with_its_node_outcome_and_log(both: Both) -> None:
    job, node, grants = await tried_twice(both.farm)
    first = (await both.api.call("GET", f"/v1/renders/{job}/attempts?limit=1")).json
    more = first["meta"]["next_cursor"]
    second = (await both.api.call("GET", f"/v1/renders/{job}/attempts?cursor={more}")).json
    assert second["meta"]["next_cursor"] is None
    told = [*first["data"], *second["data"]]
    assert [(one["attempt"], one["outcome"]) for one in told] == [
        (1, "interrupted"),
        (2, "succeeded"),
    ]
    assert {one["node_name"] for one in told} == {"one"}
    assert {one["node_id"] for one in told} == {str(node.node_id)}
    whole = "turn 1\n\x1b[2Jschöne Bilder, viele\n"
    assert told[1]["log_bytes"] == len(whole.encode())
    path = f"/v1/renders/{job}/attempts/{grants[1].task_id}/2/log"
    answer = await both.api.call("GET", path)
    assert answer.body.decode() == whole
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Next-Offset"] == str(told[1]["log_bytes"])
    rest = await both.api.call("GET", f"{path}?offset=11")
    assert rest.body.decode() == whole.encode()[11:].decode()
    nothing = await both.api.call("GET", f"{path}?offset={told[1]['log_bytes']}")
    assert (nothing.body, nothing.headers["Next-Offset"]) == (b"", str(told[1]["log_bytes"]))


async def test_strangers_and_clients_learn_no_more_than_they_may(both: Both) -> None:
    job, _, grants = await tried_twice(both.farm)
    list_path, task = f"/v1/renders/{job}/attempts", grants[0].task_id
    key = await make_key(both.api.deps.db, DEFAULT_TENANT, "client", ("render",))
    told = (await both.api.with_key(key.secret).call("GET", list_path)).json["data"]
    assert {(one["node_id"], one["node_name"]) for one in told} == {(None, None)}
    stranger = (await another_tenant(both.api))[1]
    other = await both.farm.job("0-9")
    for path in (list_path, f"{list_path}/{task}/1/log"):
        assert (await stranger.call("GET", path)).code == 404
    for path in (f"{list_path}/{task}/3", f"{list_path}/9999/1", f"{list_path}/{task}/{2**40}",
                 f"/v1/renders/{other}/attempts/{task}/1"):  # fmt: skip
        assert (await both.api.call("GET", f"{path}/log")).code == 404
    for cursor in ("x", "1", "1.", ".1", f"{2**63}.1", f"1.{2**31}", "²."):
        answer = await both.api.call("GET", f"{list_path}?cursor={cursor}")
        assert (answer.code, answer.json["code"]) == (400, "bad_cursor"), cursor


async def test_the_command_line_prints_logs_without_what_a_terminal_obeys(both: Both) -> None:
    job, _, grants = await tried_twice(both.farm)
    said = await asyncio.to_thread(both.run, "logs", str(job))
    assert said.exit_code == 0, said.output
    assert "turn 0\n[2Jschöne Bilder, viele\n" in said.output
    assert f"render task {grants[0].task_id}, attempt 2 on one" in said.output
    none = await asyncio.to_thread(both.run, "logs", str(job), "--task", "999999")
    assert "was not tried yet" in none.output


async def test_a_log_of_many_pieces_is_read_to_its_end(both: Both) -> None:
    job, node = await both.farm.job("0-9"), await both.farm.node()
    (grant,) = await node.claim()
    pieces = [f"line {number}\n" for number in range(11)]
    await write_log(node, grant, *pieces)
    async with FarmClient(both.api.base, both.api.key or "") as client:
        told = [one async for one in client.attempt_log(job, grant.task_id, grant.attempt)]
    assert "".join(told) == "".join(pieces)
    assert len(told) > 1


async def test_nodes_are_moved_by_name_and_by_id(both: Both) -> None:
    node = await both.farm.node("ada")
    steps = (
        (("drain", "ada"), "draining"),
        (("resume", str(node.node_id)), "online"),
        (("quarantine", "ada", "--reason", "Its fan is loud."), "quarantined"),
        (("resume", "ada"), "offline"),
        (("retire", "ada", "--yes"), "retired"),
    )
    for words, state in steps:
        said = await asyncio.to_thread(both.run, "nodes", *words)
        assert said.output == f"node ada ({node.node_id}): {state}\n"
    gone = await asyncio.to_thread(both.run, "nodes", "drain", "ada")
    assert "No node is called ada" in str(gone.exception)
    await both.farm.node("Eve")
    listed = await asyncio.to_thread(both.run, "nodes")
    assert "Eve" in listed.output
    said = await asyncio.to_thread(both.run, "nodes", "drain", "eve")
    assert said.output.endswith(": draining\n")
