"""Child processes: streamed, contained, ended with everything they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from node_agent.host import this_host
from node_agent.host.base import MARK
from node_agent.host.cgroup import Cgroups
from node_agent.process import Spawner
from tests.support.machine import Needs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

DOUBLE_FORK = """
import os, sys, time
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(write, str(os.getpid()).encode())
        time.sleep(600)
    os._exit(0)
os.wait()
print(os.read(read, 20).decode(), flush=True)
{then}
"""


@pytest.fixture
def spawner(tmp_path: Path) -> Spawner:
    host = this_host()
    host.prepare()
    return Spawner(host, tmp_path / "children", f"test{os.getpid()}{id(tmp_path)}")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_output_of_both_streams_arrives_in_order_with_the_exit_code(
    spawner: Spawner, tmp_path: Path
) -> None:
    seen: list[bytes] = []
    child = spawner.spawn(
        python("import os; os.write(1, b'one\\n'); os.write(2, b'two\\n'); raise SystemExit(7)"),
        cwd=tmp_path,
        on_output=seen.append,
    )
    assert await child.finish(60) == 7
    assert b"".join(seen) == b"one\ntwo\n"
    assert child.tail() == b"one\ntwo\n"


@pytest.mark.parametrize("then", ["time.sleep(600)", "sys.exit(0)"])
async def test_a_grandchild_that_left_the_session_ends_with_the_tree(
    spawner: Spawner, tmp_path: Path, then: str
) -> None:
    child = spawner.spawn(python(DOUBLE_FORK.format(then=then)), cwd=tmp_path)
    while not child.output_bytes:
        assert await child.wait(0.05) in {None, 0}
    grandchild = int(child.tail())
    if then.startswith("sys"):
        assert await child.finish(60) == 0
    else:
        await child.end()
        assert child.exit_code == -signal.SIGKILL
    assert not psutil.pid_exists(grandchild)


async def test_a_grandchild_that_dropped_its_mark_ends_by_the_control_group(
    spawner: Spawner, tmp_path: Path, needs: Needs
) -> None:
    groups = Cgroups.find()
    needs("a writable control group", groups is not None, "run as root", installable=False)
    assert groups is not None
    forget = "os.execve(sys.executable, [sys.executable, '-c', 'import time; time.sleep(60)'], {})"
    code = DOUBLE_FORK.format(then="sys.exit(0)").replace("time.sleep(600)", forget)
    held = "import time\nwhile 'flatrender-' not in open('/proc/self/cgroup').read():"
    child = spawner.spawn(python(f"{held} time.sleep(0.01)\n{code}"), cwd=tmp_path)
    while not child.output_bytes:
        assert await child.wait(0.05) in {None, 0}
    grandchild = int(child.tail())
    assert await child.finish(60) == 0
    assert not psutil.pid_exists(grandchild)
    mine = f"flatrender-{os.getpid()}-*"
    assert list(groups.own.glob(mine)) == []


async def test_a_child_that_prints_for_ever_uses_bounded_memory_and_ends(
    spawner: Spawner, tmp_path: Path
) -> None:
    child = spawner.spawn(python("import os\nwhile True: os.write(1, b'x' * 65536)"), cwd=tmp_path)
    while child.output_bytes < 10**6:
        assert await child.wait(0.05) is None
    assert await child.finish(0.05) is None
    assert len(child.tail(10**9)) <= 65536


async def test_a_child_sees_no_secret_of_the_agent(
    spawner: Spawner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATRENDER_AGENT_ENROLMENT_TOKEN", "a-secret")
    child = spawner.spawn(
        python("import os; print(sorted(os.environ))"), cwd=tmp_path, env={"MORE": "1"}
    )
    assert await child.finish(60) == 0
    told = child.tail().decode()
    assert "ENROLMENT" not in told
    assert "MORE" in told
    assert MARK in told


async def test_a_program_that_is_not_there_is_named(spawner: Spawner, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such program"):
        spawner.spawn([str(tmp_path / "aerender")], cwd=tmp_path)


def test_what_a_dead_agent_left_running_is_ended_at_the_next_start(
    spawner: Spawner, tmp_path: Path
) -> None:
    left = subprocess.Popen(
        python("import time; time.sleep(600)"),
        env={MARK: f"{spawner._home_id}:of-the-dead"},
        start_new_session=True,
    )
    other = subprocess.Popen(python("import time; time.sleep(600)"), env={MARK: "another-home:1"})
    try:
        while psutil.Process(left.pid).environ().get(MARK) is None:
            time.sleep(0.01)
        assert spawner.end_leftovers() == 1
        left.wait(10)
        assert not psutil.pid_exists(left.pid)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait(10)


def test_a_note_about_another_process_of_the_same_pid_ends_nothing(
    spawner: Spawner, tmp_path: Path
) -> None:
    note = tmp_path / "children" / f"{os.getppid()}.json"
    note.write_text(f'{{"pid": {os.getppid()}, "born": 1.0}}')
    assert spawner.end_leftovers() == 0
    assert not note.exists()
