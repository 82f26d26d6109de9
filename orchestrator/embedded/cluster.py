"""Hold a running embedded server: its address, whether it lives, and how to stop it."""

import contextlib
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil

from orchestrator.embedded.binaries import Binaries
from orchestrator.embedded.folder import USER, Folder
from orchestrator.embedded.tools import run_tool

GENTLE_STOP_S = 30
HARD_STOP_S = 10


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL server on this machine.

    `started_here` is False when a server was already running and was adopted; then `stop`
    leaves it alone. `pid` is the postmaster's.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    data_dir: Path
    pid: int | None
    started_here: bool
    binaries: Binaries = field(repr=False)
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False, compare=False)

    def dsn(self, database: str) -> str:
        """Return the address of one database, password included: never log it.

        It asks for no TLS, which the server has not: else asyncpg looks for certificates in the
        user's home, and fails where that is another user's.
        """
        place = f"{self.host}:{self.port}/{quote(database, safe='')}"
        return f"postgresql://{self.user}:{self.password}@{place}?sslmode=disable"

    def is_alive(self) -> bool:
        """Tell by a real connection whether the server accepts connections now.

        A process id proves nothing: it may be a zombie or belong to somebody else by now.
        """
        if self.process is not None and self.process.poll() is not None:
            return False
        return answers(self.binaries, self.host, self.port)

    def stop(self) -> None:
        """Shut a server that was started here down, gently first; do nothing to another's."""
        if not self.started_here or self.pid is None:
            return
        if sys.platform == "win32":
            pgdata = Folder(self.data_dir).pgdata
            program = self.binaries.program("pg_ctl")
            run_tool(
                [program, "stop", "-D", pgdata, "-m", "fast", "-w"],
                timeout_s=GENTLE_STOP_S + HARD_STOP_S,
            )
            return
        if self._signal_and_wait(signal.SIGINT, GENTLE_STOP_S):
            return
        if self._signal_and_wait(signal.SIGQUIT, HARD_STOP_S):
            return
        self._signal_and_wait(signal.SIGKILL, HARD_STOP_S)

    def _signal_and_wait(self, number: int, timeout_s: float) -> bool:
        """Send one signal and tell whether the postmaster ended in time."""
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                return False
            return True
        assert self.pid is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.cwd() != str(Folder(self.data_dir).pgdata.resolve()):
                return True  # The number belongs to somebody else by now.
            process.send_signal(number)
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(timeout_s)
                return True
            return False
        return True


def answers(binaries: Binaries, host: str, port: int) -> bool:
    """Shake hands with whatever listens there; True when it is a PostgreSQL that accepts."""
    program = binaries.program("pg_isready")
    # With a user named it works for accounts without a login name too.
    who = ["-U", USER, "-d", "postgres"]
    command = [str(program), "-q", "-h", host, "-p", str(port), "-t", "5", *who]
    return run_tool(command, timeout_s=15).returncode == 0
