"""Spawn the PostgreSQL server and wait until it accepts connections."""

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from orchestrator.embedded.account import Account
from orchestrator.embedded.binaries import Binaries
from orchestrator.embedded.cluster import answers
from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.explain import explain
from orchestrator.embedded.folder import HOST, Folder
from orchestrator.embedded.pidfile import read_pidfile
from orchestrator.embedded.tools import clean_environment, run_tool

READY_S = 120
POLL_S = 0.02
LOG_LIMIT_BYTES = 16 * 1024 * 1024

LAPTOP = (
    ("listen_addresses", HOST),
    # No unix socket: its path may not exceed 107 bytes, and ours may be long or Persian.
    ("unix_socket_directories", ""),
    ("max_connections", "100"),
    ("shared_buffers", "128MB"),
    ("effective_cache_size", "1GB"),
    ("work_mem", "8MB"),
    ("maintenance_work_mem", "64MB"),
    ("random_page_cost", "1.1"),
    # Each lease and each end leaves a dead row in the queue, and claims walk over them. A vacuum of
    # the queue begins with the next nap's end, and may not wait behind those of large tables.
    ("autovacuum_naptime", "2s"),
    ("autovacuum_max_workers", "4"),
    # A batch of results is a megabyte of the log; all of it should find room.
    ("wal_buffers", "16MB"),
    # Right after a checkpoint each page that is touched is written to the log as a whole.
    ("max_wal_size", "2GB"),
    # Our statements are short; compiling them costs more than it saves.
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] "),
)
THROW_AWAY = (
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_connections", "300"),
    # Tests make a database each, and each would be looked at every two seconds.
    ("autovacuum_naptime", "10s"),
)


def port_is_free(port: int) -> bool:
    """Tell whether somebody could listen on this TCP port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        if sys.platform != "win32":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.bind((HOST, 0))
        port: int = trial.getsockname()[1]
    return port


def spawn_server(
    folder: Folder,
    binaries: Binaries,
    account: Account,
    port: int,
    *,
    durable: bool,
    die_with_parent: bool,
) -> "subprocess.Popen[bytes] | None":
    """Start the server and return its process once it accepts connections.

    On Windows None is returned: the server is then pg_ctl's child. Raises EmbeddedError with
    the server's own reason when it ends or is not ready in time.
    """
    settings = (*LAPTOP, ("port", str(port)), *(() if durable else THROW_AWAY))
    if sys.platform == "win32":
        _spawn_by_pg_ctl(folder, binaries, settings)
        return None
    command = [
        *account.prefix,
        *(_death_words() if die_with_parent else ()),
        str(binaries.program("postgres")),
        "-D",
        str(folder.pgdata.resolve()),
        *(word for name, value in settings for word in ("-c", f"{name}={value}")),
    ]
    _shorten_log(folder.log)
    with folder.log.open("ab") as log:
        begins_at = log.tell()
        # A session of its own: Ctrl-C must reach the orchestrator, which stops the server last.
        process = subprocess.Popen(
            command,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(folder, binaries, process, port, begins_at)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _death_words() -> tuple[str, ...]:
    """Return the words that make Linux end the server (fast shutdown) with its parent.

    Elsewhere there is no such thing: the next start adopts or stops what was left.
    """
    if sys.platform != "linux" or not Path("/usr/bin/setpriv").exists():
        return ()
    return ("/usr/bin/setpriv", "--pdeathsig", "INT", "--")


def _wait_until_ready(
    folder: Folder,
    binaries: Binaries,
    process: "subprocess.Popen[bytes]",
    port: int,
    begins_at: int,
) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EmbeddedError(explain(_log_since(folder.log, begins_at), folder))
        found = read_pidfile(folder.pgdata)
        mine = found is not None and found.pid == process.pid and found.ready
        if mine and answers(binaries, HOST, port):
            return
        time.sleep(POLL_S)
    raise EmbeddedError(
        f"The embedded PostgreSQL in {folder.root} was not ready within {READY_S} s. "
        f"Look into {folder.log}, then start again."
    )


def _log_since(log: Path, offset: int) -> str:
    with log.open("rb") as stream:
        stream.seek(offset)
        return stream.read().decode("utf-8", errors="replace")


def _shorten_log(log: Path) -> None:
    """Begin a new log when the old one has grown big; keep one older one."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _spawn_by_pg_ctl(
    folder: Folder, binaries: Binaries, settings: Sequence[tuple[str, str]]
) -> None:
    """Start the server on Windows, where only pg_ctl can shed an administrator's rights.

    Written after PostgreSQL's manual; not proven by our tests, which run on Linux.
    """
    options = " ".join(f'-c {name}="{value}"' for name, value in settings)
    result = run_tool(
        [
            binaries.program("pg_ctl"),
            "start",
            "-D",
            folder.pgdata,
            "-l",
            folder.log,
            "-w",
            "-t",
            str(READY_S),
            "-o",
            options,
        ],
        timeout_s=READY_S + 30,
    )
    if result.returncode != 0:
        raise EmbeddedError(explain(_log_since(folder.log, 0) + result.stderr, folder))
