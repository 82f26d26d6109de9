"""The embedded server starts, warm and cold, in odd folders, and refuses with clear words."""

import socket
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from orchestrator.embedded import Cluster, EmbeddedError, create_database, start
from orchestrator.embedded.binaries import find_binaries


def start_here(folder: Path, port: int | None = None) -> Cluster:
    return start(folder, durable=False, port=port)


async def test_a_cold_start_makes_a_server_with_a_password_and_a_warm_one_keeps_all(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "with spaces" / "قالب‌های رندر" / ("long" * 30)
    cluster = start_here(folder)
    try:
        create_database(cluster, "farm")
        create_database(cluster, "farm")
        connection = await asyncpg.connect(cluster.dsn("farm"))
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
        assert await connection.fetchval("SELECT lower('É') < lower('ی')")
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        await connection.close()
        wrong = cluster.dsn("farm").replace(cluster.password, "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        assert stat.S_IMODE((folder / "pgpass").stat().st_mode) == 0o600
        assert cluster.password not in repr(cluster)
    finally:
        cluster.stop()
    assert not cluster.is_alive()
    again = start_here(folder)
    try:
        assert (again.port, again.password) == (cluster.port, cluster.password)
        connection = await asyncpg.connect(again.dsn("farm"))
        assert await connection.fetchval("SELECT n FROM kept") == 7
        await connection.close()
    finally:
        again.stop()


def test_the_password_stands_on_no_command_line_and_in_no_environment(postgres: Cluster) -> None:
    assert postgres.pid is not None
    process = Path("/proc") / str(postgres.pid)
    if not process.exists():
        pytest.skip("no /proc on this system")
    assert postgres.password.encode() not in (process / "cmdline").read_bytes()
    environment = (process / "environ").read_bytes()
    assert {item.split(b"=")[0] for item in environment.split(b"\0") if item} <= {
        b"PATH",
        b"LC_ALL",
        b"PG_GRANDPARENT_PID",
    }


def test_a_server_that_already_runs_is_adopted_and_left_running(tmp_path: Path) -> None:
    first = start_here(tmp_path)
    try:
        second = start_here(tmp_path)
        assert (second.started_here, second.pid, second.port) == (False, first.pid, first.port)
        second.stop()
        assert first.is_alive()
        assert second.is_alive()
    finally:
        first.stop()
    assert not second.is_alive()


def test_two_starts_at_once_give_one_server_and_one_adoption(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from orchestrator.embedded import start\n"
        "c = start(Path(sys.argv[1]), durable=False)\n"
        "print(c.started_here, c.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = []
    for child in children:
        assert child.stdout is not None
        said.append(child.stdout.readline().split())
    for child in children:
        child.communicate(timeout=30)
    assert sorted(words[0] for words in said) == ["False", "True"]
    assert said[0][1] == said[1][1]


def test_a_taken_port_is_refused_with_the_port_in_the_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedError, match=rf"Port {port} .* taken"):
            start_here(tmp_path, port=port)


def test_when_the_remembered_port_is_taken_another_one_is_used(tmp_path: Path) -> None:
    first = start_here(tmp_path)
    first.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first.port))
        taken.listen()
        second = start_here(tmp_path)
        try:
            assert second.port != first.port
            assert second.is_alive()
        finally:
            second.stop()


def test_a_folder_that_is_a_file_is_refused_with_its_name(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(EmbeddedError, match=str(blocked)):
        start_here(blocked)


def test_a_disk_without_room_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.embedded.folder.NEEDED_BYTES", 2**60)
    with pytest.raises(EmbeddedError, match="full"):
        start_here(tmp_path)
    assert not (tmp_path / "pgdata.new").exists()


def test_a_half_made_data_folder_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "pgdata.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    cluster = start_here(tmp_path)
    try:
        assert cluster.is_alive()
        assert not half.exists()
    finally:
        cluster.stop()


@pytest.mark.parametrize(
    ("version", "words"), [("postgres (PostgreSQL) 14.9", "14"), ("nonsense", "does not run")]
)
def test_programs_that_are_too_old_or_broken_are_refused(
    tmp_path: Path, version: str, words: str
) -> None:
    for name in ("postgres", "initdb", "pg_isready", "createdb", "psql"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{version}'\n")
        program.chmod(0o755)
    with pytest.raises(EmbeddedError, match=words):
        find_binaries(tmp_path, None)


def test_a_folder_without_programs_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"has no postgres.*FLATRENDER_DATABASE_URL"):
        find_binaries(tmp_path, None)


def test_data_of_another_version_is_not_touched(tmp_path: Path) -> None:
    data = tmp_path / "pgdata"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 9"):
        start_here(tmp_path)
    assert [entry.name for entry in data.iterdir()] == ["PG_VERSION"]


def test_the_oldest_supported_version_works_too(old_postgres: Cluster) -> None:
    assert old_postgres.binaries.major == 15
    create_database(old_postgres, "farm")
    assert old_postgres.is_alive()
