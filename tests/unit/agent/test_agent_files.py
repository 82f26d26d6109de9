"""What the agent writes and reads on its own disk: specs, frames, folders, settings."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from pydantic import ValidationError

from node_agent.engines.aftereffects import Engine
from node_agent.engines.scripts import lay_script
from node_agent.errors import NodeBroken, RetryLater
from node_agent.home import Home
from node_agent.host import this_host
from node_agent.leases import Book, carry_out
from node_agent.report.outbox import Outbox
from node_agent.runner.context import Tools
from node_agent.runner.folder import JobFolder
from node_agent.runner.salvage import Salvage
from node_agent.runner.verify import Looks, check
from node_agent.settings import Settings
from orchestrator.wire.bind import BindFile, BindRun, BindScene, BindSpec, BindValue
from orchestrator.wire.tasks import BindTaskSpec, Grant, ResultReport

SPEC = BindSpec(mode="free", comp="main")


def test_the_bind_spec_is_ascii_whatever_the_values_are(tmp_path: Path) -> None:
    text = "سلام \u2028 😀"
    value = BindValue(key="t", kind="text", value=text)
    spec = SPEC.model_copy(update={"scenes": (BindScene(key="s", values=(value,)),)})
    run = BindRun(
        project="p", bound="b", result="r", job_folder="j", output_module="m", sound_module="w"
    )
    lay_script(tmp_path, "bind.jsx", "bind_spec.json", BindFile(run=run, spec=spec))
    written = (tmp_path / "bind_spec.json").read_bytes()
    assert written.isascii()
    assert json.loads(written)["spec"]["scenes"][0]["values"][0]["value"] == text


def test_a_frames_hash_is_of_the_bytes_that_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "00001.png"
    Image.new("RGB", (4, 4)).save(path)
    whole = path.read_bytes()

    def read_once(self: Path) -> bytes:
        self.write_bytes(b"the engine writes it again")
        return whole

    monkeypatch.setattr(Path, "read_bytes", read_once)
    sha256, size = check(path, Looks(None, frozenset({"RGB"})))
    assert (sha256, size) == (hashlib.sha256(whole).hexdigest(), (4, 4))


def test_a_tag_that_the_server_would_refuse_is_refused_as_a_setting() -> None:
    with pytest.raises(ValidationError, match="tags"):
        Settings(tags=("gpu", ""))


async def test_a_folder_that_cannot_be_made_fails_the_attempt_and_not_the_agent(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    home.work.write_text("a file where the folder should be")
    outbox = Outbox(home.outbox)
    settings = Settings(data_dir=tmp_path)
    nothing, away = cast("Any", None), cast("Any", _Away())
    tools = Tools(settings, this_host(), nothing, nothing, away, (), Salvage(home.salvage), nothing)
    grant = Grant(
        task_id=1, attempt=1, token="1." + "ab" * 16, lease_ttl_s=30, job_id=None,
        project_id=None, engine="preview", bundle=None, spec=BindTaskSpec(bind=SPEC),
    )  # fmt: skip
    work = asyncio.create_task(carry_out(grant, tools, Book(outbox), outbox, home))
    await outbox.changed(10)
    (told,) = outbox.waiting()
    outbox.done(told)
    assert await work == "node_broken"
    failure = ResultReport.model_validate_json(told.body).failure
    assert failure is not None
    assert (failure.failure_class, failure.code) == ("node", "disk_error")
    outbox.close()


def test_a_bundles_own_bound_project_never_stands_for_ours(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("a.aep", "bound.aep"):
        (tree / name).write_text(name)
    folder = JobFolder(tmp_path / "work")
    folder.make()
    folder.lay(tree, "a.aep")
    assert not folder.bound.exists()
    assert (tree / "bound.aep").read_text() == "bound.aep"
    folder.make()
    folder.lay(tree, "bound.aep")
    assert folder.project == folder.bound
    assert folder.bound.read_text() == "bound.aep"


class _Away:
    """Be a client whose server is away."""

    async def call(self, *_: object, **__: object) -> None:
        raise RetryLater("the server is away")


def test_the_engine_is_of_the_version_that_the_grant_asks_for(tmp_path: Path) -> None:
    nothing = cast("Any", None)
    engines = tuple(
        Engine("aftereffects", f"{major}.0", major, ("aerender",), ("AfterFX",))
        for major in (24, 26)
    )
    tools = Tools(
        Settings(data_dir=tmp_path), nothing, nothing, nothing, nothing, engines,
        Salvage(tmp_path), nothing,
    )  # fmt: skip
    loose = Grant(
        task_id=1, attempt=1, token="1." + "ab" * 16, lease_ttl_s=30, job_id=None,
        project_id=None, engine="aftereffects", bundle=None, spec=BindTaskSpec(bind=SPEC),
    )  # fmt: skip
    assert tools.engine(loose).major == 26
    assert tools.engine(loose.model_copy(update={"engine_major": 24})).major == 24
    with pytest.raises(NodeBroken, match="no engine aftereffects 25"):
        tools.engine(loose.model_copy(update={"engine_major": 25}))


def test_only_attempts_that_no_lease_holds_are_left_over(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name in ("1-1", "1-2", "tmpabc", "1-2.part"):
        (home.work / name).mkdir(parents=True)
    assert [folder.name for folder in home.left_over({"1-2"})] == ["1-1"]
