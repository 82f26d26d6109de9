"""Start the embedded server, or adopt the one that already runs on the same folder."""

import os
import sys
import time
from pathlib import Path

import filelock
import psutil

from orchestrator.embedded.account import choose_account
from orchestrator.embedded.binaries import Binaries, find_binaries
from orchestrator.embedded.cluster import Cluster, answers
from orchestrator.embedded.creation import create_data
from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.folder import HOST, USER, Folder
from orchestrator.embedded.pidfile import (
    PidFile,
    clear_leftovers,
    postmaster_lives,
    read_pidfile,
)
from orchestrator.embedded.server import READY_S, free_port, port_is_free, spawn_server
from orchestrator.embedded.tools import run_tool

LOCK_S = 300
PORT_TRIES = 3
KNOCKS = 3
POLL_S = 0.05


def start(
    data_dir: Path,
    *,
    binaries: Path | None = None,
    port: int | None = None,
    durable: bool = True,
    die_with_parent: bool = True,
) -> Cluster:
    """Start a PostgreSQL server on `data_dir`, or adopt the live one; ready when it returns.

    The first start makes the folder (mode 0700), a random password and an empty cluster.
    `binaries` is a bin folder that goes before the wheel's and the system's programs. Without
    `port` the last one is taken again if it is free, else any. `durable=False` gives up safety
    against power loss, for tests. With `die_with_parent` on Linux the server shuts down as soon
    as the calling THREAD ends, however that happens: call it from the main thread or from one
    that lives as long as the server shall. Blocking: 0.1 s warm, some seconds the first time.
    Raises EmbeddedError, whose message says what to do.
    """
    folder = Folder(data_dir.absolute())
    folder.prepare()
    try:
        with filelock.FileLock(folder.lock, timeout=LOCK_S):
            return _start_locked(
                folder,
                find_binaries(binaries, folder.data_major()),
                port,
                durable=durable,
                die_with_parent=die_with_parent,
            )
    except filelock.Timeout as error:
        raise EmbeddedError(
            f"Another start on {folder.root} has been under way for {LOCK_S} s. "
            "End that process, then start again."
        ) from error


def create_database(cluster: Cluster, name: str) -> None:
    """Make a database of that name unless there is one; raise EmbeddedError when refused."""
    result = run_tool(
        [
            cluster.binaries.program("createdb"),
            f"--host={cluster.host}",
            f"--port={cluster.port}",
            f"--username={cluster.user}",
            "--no-password",
            "--maintenance-db=postgres",
            "--",
            name,
        ],
        timeout_s=120,
        password_file=Folder(cluster.data_dir).password_file,
    )
    if result.returncode != 0 and "already exists" not in result.stderr:
        raise EmbeddedError(
            f"The database {name} cannot be made: {result.stderr.strip()} "
            "Check the name and that the server runs."
        )


def _start_locked(
    folder: Folder,
    binaries: Binaries,
    port: int | None,
    *,
    durable: bool,
    die_with_parent: bool,
) -> Cluster:
    if folder.data_major() is not None:
        adopted = _adopt(folder, binaries)
        if adopted is not None:
            return adopted
        clear_leftovers(folder.pgdata)
    account = choose_account(binaries, folder.pgdata)
    if folder.data_major() is None:
        create_data(folder, binaries, account, durable=durable)
    password = folder.password()
    for attempt in range(PORT_TRIES):
        chosen = _choose_port(folder, port)
        try:
            process = spawn_server(
                folder,
                binaries,
                account,
                chosen,
                durable=durable,
                die_with_parent=die_with_parent,
            )
            break
        except EmbeddedError:
            # Somebody may have taken a port that we found free a moment ago.
            if port is not None or port_is_free(chosen) or attempt == PORT_TRIES - 1:
                raise
    found = read_pidfile(folder.pgdata)
    pid = process.pid if process is not None else (found.pid if found else None)
    folder.remember(port=chosen, owner_pid=os.getpid())
    return Cluster(HOST, chosen, USER, password, folder.root, pid, True, binaries, process)


def _choose_port(folder: Folder, port: int | None) -> int:
    if port is not None:
        if not port_is_free(port):
            raise EmbeddedError(
                f"Port {port} of {HOST} is taken by another program, so the embedded PostgreSQL "
                "cannot use it. End that program, or choose another port."
            )
        return port
    last = folder.recall().get("port")
    return last if last is not None and port_is_free(last) else free_port()


def _adopt(folder: Folder, binaries: Binaries) -> Cluster | None:
    """Return the live server of this folder, or None when there is none.

    It counts as ours only when it lets us in with our password. Raises EmbeddedError when a
    server holds the folder but does not answer.
    """
    found = read_pidfile(folder.pgdata)
    if found is None or not postmaster_lives(folder.pgdata, found.pid):
        return None
    for _ in range(KNOCKS):
        port = _wait_for_answer(folder, binaries, found)
        if port is None:
            return None
        if _lets_us_in(folder, binaries, port):
            # Without a system that ends it with its parent, an orphan is ours to stop.
            owner = folder.recall().get("owner_pid", 0)
            orphan = sys.platform != "linux" and not psutil.pid_exists(owner)
            return Cluster(
                HOST, port, USER, folder.password(), folder.root, found.pid, orphan, binaries
            )
        # It may have begun to shut down between its answer and our knock: then look again.
        if answers(binaries, HOST, port):
            break
    raise EmbeddedError(
        f"The server with process id {found.pid} on {folder.root} refuses our password "
        f"({folder.password_file}). End that process, then start again."
    )


def _wait_for_answer(folder: Folder, binaries: Binaries, found: PidFile) -> int | None:
    """Return the port once the server answers, or None when it went away meanwhile."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        current = read_pidfile(folder.pgdata)
        if current is None or not postmaster_lives(folder.pgdata, found.pid):
            return None
        if current.port is not None and answers(binaries, HOST, current.port):
            return current.port
        time.sleep(POLL_S)
    raise EmbeddedError(
        f"A PostgreSQL server (process {found.pid}) holds {folder.root} but has not answered for "
        f"{READY_S} s. End that process, then start again."
    )


def _lets_us_in(folder: Folder, binaries: Binaries, port: int) -> bool:
    result = run_tool(
        [
            binaries.program("psql"),
            f"--host={HOST}",
            f"--port={port}",
            f"--username={USER}",
            "--dbname=postgres",
            "--no-password",
            "--no-psqlrc",
            "--command=\\conninfo",
        ],
        timeout_s=60,
        password_file=folder.password_file,
    )
    return result.returncode == 0
