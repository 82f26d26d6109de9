"""The zip guard runs in a limited child process, and its end is always a clear answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from orchestrator.bundle import BadBundle, inspect
from orchestrator.sandbox.bundles import ChildLimits, inspect_bundle
from tests.fakes.zips import E, build, project
from tests.support.commands import assert_nobody_left


async def test_the_child_gives_the_same_manifest_as_the_guard(tmp_path: Path) -> None:
    path = tmp_path / "پوشه with space" / "b.zip"
    path.parent.mkdir()
    path.write_bytes(build(project("a/p.aep"), E("a/تصویر.png", b"x" * 1000)))
    assert await inspect_bundle(path) == inspect(path)


async def test_a_refusal_keeps_code_entry_and_words(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(build(project(), E("../evil.txt")))
    with pytest.raises(BadBundle, match="part") as refusal:
        await inspect_bundle(path)
    assert (refusal.value.code, refusal.value.entry) == ("name_traversal", "../evil.txt")


async def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be read"):
        await inspect_bundle(tmp_path / "none.zip")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
async def test_too_little_memory_is_a_refusal_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(build(project()))
    with pytest.raises(BadBundle) as refusal:
        await inspect_bundle(path, ChildLimits(memory_bytes=8 * 1024 * 1024))
    assert refusal.value.code == "bundle_guard_limit"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this kind")
async def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    os.mkfifo(path)
    with pytest.raises(BadBundle) as refusal:
        await inspect_bundle(path, ChildLimits(timeout_s=0.3))
    assert refusal.value.code == "bundle_guard_limit"
    assert_nobody_left(tmp_path)
