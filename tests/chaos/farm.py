"""The farm under fire: PostgreSQL, two orchestrators and the agents, all as real processes."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from orchestrator.embedded import Cluster, create_database, start
from tests.chaos.points.trigger import CHUNK_FRAMES, FOLDER, SEED, Remote
from tests.support.commands import own_home
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]
ENGINE = Path(__file__).with_name("engine.py")
DATABASE = "flatrender"
SERVER, AGENT = "tests.chaos.points.server", "tests.chaos.points.agent"
REPLICAS = 2
STOP_S = 30.0
DISK_BYTES = 40 * 2**20


@dataclass(slots=True)
class Process:
    """Be one process of ours that may be killed, frozen, woken and started again."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    popen: subprocess.Popen[bytes] | None = None
    is_wanted: bool = False
    is_frozen: bool = False
    fell: int = 0

    @property
    def remote(self) -> Remote:
        """Arm named points of it."""
        return Remote(self.folder.with_name(f"{self.name}.points"))

    def start(self) -> None:
        """Start it; it ends when its standard input closes, so it cannot outlive us.

        One that runs already, or stands still, is left as it is.
        """
        if self.popen is not None and self.popen.poll() is None:
            self.is_wanted = True
            return
        self.close_input()
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.argv,
                env={**self.env, FOLDER: str(self.remote.folder)},
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.is_wanted, self.is_frozen = True, False

    @property
    def log(self) -> Path:
        """Name its log: beside its folder, which may be a full disk."""
        return self.folder.with_suffix(".log")

    @property
    def is_up(self) -> bool:
        """Tell whether it runs and is not frozen."""
        return self.popen is not None and self.popen.poll() is None and not self.is_frozen

    def kill(self) -> bool:
        """Kill it without a word; False when it was dead already."""
        self.is_wanted = False
        if self.popen is None or self.popen.poll() is not None:
            return False
        self.popen.kill()
        self.popen.wait(STOP_S)
        return True

    def freeze(self, *, tree: bool) -> None:
        """Stop it where it stands, with all its children or alone."""
        assert self.popen is not None
        self.is_frozen = True
        for process in reversed(self._family(tree=tree)):
            with suppress(psutil.Error):
                process.suspend()

    def wake(self) -> None:
        """Let it go on."""
        self.is_frozen = False
        if self.popen is not None and self.popen.poll() is None:
            for process in self._family(tree=True):
                with suppress(psutil.Error):
                    process.resume()

    def _family(self, *, tree: bool) -> list[psutil.Process]:
        assert self.popen is not None
        with suppress(psutil.Error):
            own = psutil.Process(self.popen.pid)
            return [own, *(own.children(recursive=True) if tree else ())]
        return []

    def close_input(self) -> None:
        """Let go of its standard input, at which it ends if it still runs."""
        if self.popen is not None and self.popen.stdin is not None:
            self.popen.stdin.close()

    async def stop(self) -> float | None:
        """Ask it to end and give the seconds it took; None when it had to be killed."""
        self.is_wanted = False
        if self.popen is None or self.popen.poll() is not None:
            return 0.0
        self.wake()
        begun = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self.popen.wait, STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        return time.monotonic() - begun

    def tail(self) -> str:
        """Give the last words of its log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text("utf-8", "replace")[-1500:].splitlines())
        return ""


@dataclass(slots=True)
class Farm:
    """Hold every process of a run; `close` ends them all."""

    root: Path
    ttl_s: float
    seed: int = 0
    chunk_frames: int | None = None
    """How many frames a chunk gets; None leaves it to the product."""
    servers: list[Process] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    agents: list[Process] = field(default_factory=list)
    cluster: Cluster | None = None
    disk: Path | None = None
    # Who is killed and started again finds its port as it left it.
    _lent: ExitStack = field(default_factory=ExitStack)
    # The embedded server's life hangs on the thread that starts it: one thread starts them all.
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def dsn(self) -> str:
        """Give the database's address."""
        assert self.cluster is not None
        return self.cluster.dsn(DATABASE)

    @property
    def urls(self) -> list[str]:
        """Give the servers' own addresses."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    async def start_postgres(self) -> None:
        """Start the database, durable, or start it again after a crash, on the same port."""
        is_first = self.cluster is None
        port = self._lent.enter_context(own_port()) if is_first else self.cluster.port

        def begin() -> Cluster:
            cluster = start(self.root / "pg", port=port)
            if is_first:
                create_database(cluster, DATABASE)
            return cluster

        self.cluster = await asyncio.get_running_loop().run_in_executor(self._thread, begin)

    async def crash_postgres(self) -> None:
        """Stop the database at once, without a checkpoint: what a crash leaves is left."""
        assert self.cluster is not None
        process = self.cluster.process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(process.wait, STOP_S)

    def add_servers(self) -> None:
        """Prepare the replicas: each its folder and lock; database, key and objects shared."""
        key = secrets.token_hex(32)
        for number in range(REPLICAS):
            folder = self._folder(f"server{number}")
            port = self._lent.enter_context(own_port())
            env = {
                **_environment(),
                "FLATRENDER_DATABASE_URL": self.dsn,
                "FLATRENDER_OBJECTS_DIR": str(self.root / "objects"),
                "FLATRENDER_SERVER_KEY": key,
                "FLATRENDER_LEASE_TTL_S": str(self.ttl_s),
                "FLATRENDER_HEARTBEAT_S": str(self.ttl_s / 3),
                "FLATRENDER_REAPER_EVERY_S": str(self.ttl_s / 10),
                "FLATRENDER_POLL_EVERY_S": "1",
                "FLATRENDER_CLAIM_WAIT_S": "5",
                "FLATRENDER_MAX_ATTEMPTS": "10",
                "FLATRENDER_LOG_LEVEL": "warning",
                SEED: f"{self.seed}/{folder.name}",
                CHUNK_FRAMES: str(self.chunk_frames or ""),
            }
            words = ("serve", "--data", str(folder), "--port", str(port), "--with-parent")
            self.servers.append(Process(folder.name, _python(SERVER, words), env, folder))
            self.ports.append(port)

    def add_agent(self, url: str, token: str) -> Process:
        """Prepare one agent with a scripted engine; the first gets a small disk of its own."""
        number = len(self.agents)
        folder = self._folder(f"agent{number}")
        if number == 0 and self._mount(folder):
            self.disk = folder
        engine = self._folder(f"engine{number}")
        (folder / "agent").mkdir(mode=0o700)
        (folder / "agent" / "enrolment_token").write_text(token, "utf-8")
        env = {
            **_environment(),
            **own_home(folder),
            **_scripted(engine),
            "FLATRENDER_AGENT_PREVIEW": "false",
            "FLATRENDER_AGENT_SLOTS": str(1 + number % 2),
            "FLATRENDER_AGENT_FREE_DISK_BYTES": str(4 * 2**20),
            "FLATRENDER_AGENT_COOL_OFF_S": "0.5",
            "FLATRENDER_AGENT_FIRST_FRAME_S": "6",
            "FLATRENDER_AGENT_FRAME_S": "3",
            "FLATRENDER_AGENT_FINISH_S": "3",
            "FLATRENDER_AGENT_PREVIEW_EVERY_S": "2",
        }
        words = ("run", "--data", str(folder), "--server", url, "--name", folder.name,
                 "--with-parent")  # fmt: skip
        self.agents.append(Process(folder.name, _python(AGENT, words), env, folder))
        return self.agents[-1]

    def drawn(self, agent: int) -> list[str]:
        """Give every frame that the agent's engine drew, `mark number` each, in order."""
        with suppress(OSError):
            return (self.root / f"engine{agent}" / "drawn").read_text("utf-8").splitlines()
        return []

    def only_project(self, content: bytes) -> None:
        """Tell every engine which bytes the project has, so that it notices others."""
        told = hashlib.sha256(content).hexdigest()
        for number in range(len(self.agents)):
            (self.root / f"engine{number}" / "sha256").write_text(told, "utf-8")

    def flip_bit(self, agent: int) -> bool:
        """Flip one bit in what a stopped agent has cached, as a tired disk does; False: nothing."""
        bundles = self.root / f"agent{agent}" / "agent" / "cache" / "bundles"
        for path in sorted(bundles.glob("*/tree/**/*.aep")):
            before = path.stat()
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.chmod(0o644)
            path.write_bytes(content)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            path.chmod(before.st_mode)
            return True
        return False

    def engine_always_fails(self, agent: int) -> None:
        """Let every launch of the agent's engine fail from now on."""
        (self.root / f"engine{agent}" / "always").touch()

    def engine_fault(self, agent: int, what: str) -> None:
        """Lay a fault ready for the agent's next launch."""
        (self.root / f"engine{agent}" / "fault").write_text(what, "utf-8")

    async def month_tool(self) -> None:
        """Run `flatrender partitions`, as an operator does whom the alarm called."""
        made = await asyncio.create_subprocess_exec(
            *_python("orchestrator", ("partitions", "--data", str(self.servers[0].folder))),
            env=dict(self.servers[0].env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.wait_for(made.wait(), 60)

    async def close(self) -> None:
        """End everything, whatever state it is in."""
        await asyncio.gather(*(process.stop() for process in self.agents))
        await asyncio.gather(*(process.stop() for process in self.servers))
        if self.disk is not None:
            words = ["umount", "-l", str(self.disk)]
            await asyncio.to_thread(subprocess.run, words, check=False, timeout=10)
            self.disk = None
        if self.cluster is not None:
            await self.crash_postgres()  # Nobody needs its files again.
        for process in [*self.agents, *self.servers]:
            process.close_input()
        self._lent.close()
        self._thread.shutdown()

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir()
        return folder

    def _mount(self, folder: Path) -> bool:
        """Lay a small file system under a folder; False where we may not."""
        if sys.platform != "linux" or os.geteuid() != 0:
            return False
        words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
        return subprocess.run(words, check=False, timeout=10, capture_output=True).returncode == 0


def _python(module: str, words: Sequence[str]) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", module, *words)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}


def _scripted(folder: Path) -> dict[str, str]:
    """Make the engine's two programs."""
    env = {}
    for kind in ("aerender", "afterfx"):
        program = folder / kind
        program.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -S -E "{ENGINE}" {kind} "{folder}" "$@"\n'
        )
        program.chmod(0o755)
        env[f"FLATRENDER_AGENT_{kind.upper()}"] = str(program)
    return env
