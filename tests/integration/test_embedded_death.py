"""The embedded server ends with its parent, heals after a kill, and leaves the machine alone."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from orchestrator.embedded import EmbeddedError, start
from orchestrator.embedded.pidfile import read_pidfile
from tests.support.machine import Needs

CODE = (
    "import sys; from pathlib import Path; from orchestrator.embedded import EmbeddedError, start\n"
    "c = start(Path(sys.argv[1]), durable=False)\n"
    "print(c.pid, flush=True); sys.stdin.read()"
)
REPO = Path(__file__).parents[2]


@contextmanager
def parent_of_a_server(folder: Path, *prefix: str) -> Iterator[tuple[psutil.Process, int]]:
    """Run a parent that starts a server; yield the parent and the postmaster's pid."""
    command = [*prefix, sys.executable, "-c", CODE, str(folder)]
    with psutil.Popen(
        command, cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        line = parent.stdout.readline()
        assert line, "the parent did not start a server"
        yield parent, int(line)
        parent.kill()


def wait_gone(pid: int) -> None:
    """Wait until a process is gone or a zombie that nobody reaps."""
    try:
        psutil.Process(pid).wait(30)
    except psutil.NoSuchProcess:
        return


def needs_linux(needs: Needs) -> None:
    there = sys.platform == "linux"
    needs("Linux", there, "run the tests on Linux too", installable=False)


def needs_root(needs: Needs) -> None:
    there = os.geteuid() == 0
    needs("the root account", there, "run the tests as root too", installable=False)


def test_a_killed_parent_takes_its_server_along(tmp_path: Path, needs: Needs) -> None:
    needs_linux(needs)
    with parent_of_a_server(tmp_path) as (parent, pid):
        parent.kill()
        wait_gone(pid)
    assert "database system is shut down" in (tmp_path / "postgres.log").read_text()


def test_a_start_right_after_the_kill_of_the_parent_waits_for_the_old_server_to_end(
    tmp_path: Path, needs: Needs
) -> None:
    needs_linux(needs)
    with parent_of_a_server(tmp_path) as (parent, pid):
        parent.kill()
        second = start(tmp_path, durable=False)
    try:
        assert second.started_here
        assert second.pid != pid
        assert second.is_alive()
    finally:
        second.stop()


def test_a_killed_postmaster_is_not_taken_for_alive_and_the_next_start_heals(
    tmp_path: Path,
) -> None:
    first = start(tmp_path, durable=False)
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    # Not waited for: the zombie keeps its number, which must not count as life.
    second = start(tmp_path, durable=False)
    try:
        assert second.pid != first.pid
        assert not first.is_alive()
        assert second.started_here
        assert second.is_alive()
    finally:
        second.stop()


def test_a_server_with_another_password_is_not_adopted(tmp_path: Path) -> None:
    first = start(tmp_path, durable=False)
    try:
        pgpass = tmp_path / "pgpass"
        pgpass.write_text(pgpass.read_text().replace(first.password, "another"))
        with pytest.raises(EmbeddedError, match="refuses our password"):
            start(tmp_path, durable=False)
    finally:
        first.stop()


def test_a_pid_file_with_the_number_of_a_stranger_does_not_stop_a_start(tmp_path: Path) -> None:
    first = start(tmp_path, durable=False)
    first.stop()
    stale = tmp_path / "pgdata" / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{tmp_path}/pgdata\n1\n{first.port}\n\n127.0.0.1\n\nready\n")
    second = start(tmp_path, durable=False)
    try:
        assert second.is_alive()
    finally:
        second.stop()


@pytest.mark.parametrize("content", ["", "12", "x\ny\n", "99999999\n/x\n1\nport\n"])
def test_a_mutilated_pid_file_is_no_server(tmp_path: Path, content: str) -> None:
    (tmp_path / "postmaster.pid").write_text(content)
    found = read_pidfile(tmp_path)
    assert found is None or not found.ready


def test_as_root_no_user_is_made_and_no_mode_is_changed(tmp_path: Path, needs: Needs) -> None:
    needs_root(needs)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folders = [closed, *closed.parents, Path(sys.prefix), *Path(sys.prefix).parents]

    def picture() -> tuple[str, list[tuple[int, int]]]:
        stats = [folder.stat() for folder in folders]
        return Path("/etc/passwd").read_text(), [(s.st_mode, s.st_uid) for s in stats]

    before = picture()
    cluster = start(closed / "data", durable=False)
    try:
        assert cluster.is_alive()
        assert picture() == before
    finally:
        cluster.stop()


def test_as_root_without_user_namespaces_it_runs_as_another_and_still_dies_with_its_parent(
    tmp_path: Path, needs: Needs
) -> None:
    needs_linux(needs)
    needs_root(needs)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    block = (
        "from orchestrator.embedded import account\n"
        "account._namespace = lambda *ids: account.Account(('false',))\n"
    )
    command = [sys.executable, "-c", block + CODE, str(closed / "data")]
    with psutil.Popen(
        command, cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        assert psutil.Process(pid).uids().effective != 0
        parent.kill()
        wait_gone(pid)
    # The data now belongs to that account; a later start by root must still open it.
    again = start(closed / "data", durable=False)
    try:
        assert again.is_alive()
    finally:
        again.stop()


@pytest.mark.parametrize("uid", [1, 54321], ids=["a user with a name", "a user without a name"])
def test_an_ordinary_user_starts_it_in_a_home_that_is_closed_to_others(
    needs: Needs, uid: int
) -> None:
    needs_linux(needs)
    needs_root(needs)
    words = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--")
    trial = subprocess.run([*words, sys.executable, "-c", "import psutil"], cwd=REPO, check=False)
    readable = trial.returncode == 0
    needs("a checkout that others can read", readable, "clone it elsewhere", installable=False)
    if uid == 54321:
        trial = subprocess.run([*words, "unshare", "--user", "true"], check=False)
        allowed = trial.returncode == 0
        needs("user namespaces", allowed, "sysctl user.max_user_namespaces", installable=False)
    home = Path("/var/tmp") / f"flatrender-test-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, uid, uid)
    try:
        with parent_of_a_server(home / "داده", *words) as (parent, pid):
            assert psutil.Process(pid).uids().effective == uid
            parent.kill()
            wait_gone(pid)
    finally:
        shutil.rmtree(home)
