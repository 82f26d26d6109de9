"""The running agent: one task group of heartbeat, outbox and slots, and its graceful stop."""

from __future__ import annotations

import asyncio
import contextlib
import random

import aiohttp
import psutil
import structlog

from node_agent import credentials
from node_agent.cache import BundleCache
from node_agent.core.backoff import spread
from node_agent.engines.aftereffects import Engine, find_engines
from node_agent.engines.english import force_english
from node_agent.engines.ffmpeg import find_ffmpeg, missing_ffmpeg
from node_agent.engines.scripting import probe_all
from node_agent.engines.templates import missing_templates
from node_agent.errors import AgentError, Fatal, NotKnown, RetryLater
from node_agent.fonts.installed import own_fonts
from node_agent.home import Home
from node_agent.host import this_host
from node_agent.host.base import Host
from node_agent.leases import Book
from node_agent.process import Spawner
from node_agent.report.client import Client, connections
from node_agent.report.outbox import Outbox, Sender
from node_agent.runner.context import Tools
from node_agent.runner.dispatch import able
from node_agent.runner.salvage import Salvage
from node_agent.session import Session
from node_agent.settings import Settings
from node_agent.slots import Slots, wait_for
from orchestrator.wire.agent import Capabilities
from orchestrator.wire.media.skills import SKILLS

STOP_S = 1.8
LOG = structlog.get_logger("agent")


class Stopped(Exception):
    """End the task group when the agent was asked to stop."""


class Recycled(Exception):
    """End the task group when the agent is idle and is to begin anew."""


async def run_agent(settings: Settings, stop: asyncio.Event) -> None:
    """Run one agent until `stop` is set; work at hand is handed back within two seconds.

    Raises AlreadyRunning, Fatal.
    """
    host = this_host()
    home = Home(settings.data_dir.resolve())
    lock = home.open(host)
    outbox: Outbox | None = None
    try:
        outbox = Outbox(home.outbox)
        host.prepare()
        spawner = Spawner(host, home.marks, home.id)
        salvage = Salvage(home.salvage)
        async with connections(settings.server_url) as http:
            goes_on = True
            while goes_on:
                ended = await asyncio.to_thread(spawner.end_leftovers)
                removed = await asyncio.to_thread(home.sweep, salvage.keep)
                if ended or removed:
                    LOG.info("left by an earlier agent", processes=ended, folders=removed)
                agent = _Agent(settings, home, host, spawner, outbox, salvage)
                goes_on = await agent.run(http, stop)
    finally:
        if outbox is not None:
            outbox.close()
        lock.release()


class _Agent:
    """Hold the parts of one agent while it runs."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        host: Host,
        spawner: Spawner,
        outbox: Outbox,
        salvage: Salvage,
    ) -> None:
        self._salvage = salvage
        self._settings = settings
        self._home = home
        self._host = host
        self._spawner = spawner
        self._outbox = outbox
        self._book = Book(outbox)

    async def run(self, http: aiohttp.ClientSession, stop: asyncio.Event) -> bool:
        """Enrol, register, work; True asks for another agent that begins anew."""
        sender = await wait_for(self._prepare(http), stop)
        return sender is not None and await self._until_stopped(sender, stop)

    async def _prepare(self, http: aiohttp.ClientSession) -> Sender:
        """Enrol where needed, look for engines, register."""
        client = await self._signed_client(http)
        cache = BundleCache(
            self._home.cache,
            client.fetch_bundle,
            self._settings.cache_max_bytes,
            full_hash=self._settings.cache_full_hash,
        )
        engines, problems = await self._engines()
        ffmpeg = find_ffmpeg(self._settings) is not None
        problems += [] if ffmpeg else [missing_ffmpeg(self._settings)]
        for problem in problems:
            LOG.warning("this node cannot do everything", reason=problem)
        self._tools = Tools(
            self._settings,
            self._host,
            self._spawner,
            cache,
            client,
            tuple(engines),
            self._salvage,
            await asyncio.to_thread(own_fonts, self._settings.fonts_dir, self._home.fonts),
        )
        capabilities = Capabilities(
            engines=tuple(engine.info for engine in engines[:20]),
            kinds=able(engines, ffmpeg=ffmpeg),
            tags=self._settings.tags,
            skills=SKILLS,
            cores=psutil.cpu_count() or 1,
            memory_bytes=psutil.virtual_memory().total,
            problems=tuple(problems[:50]),
        )
        self._client = client
        self._session = Session(
            client, self._tools, self._book, self._outbox, self._home, capabilities
        )
        await self._register(client)
        return Sender(self._outbox, client)

    async def _engines(self) -> tuple[list[Engine], list[str]]:
        """Find the engines, make them ready, and see how each runs scripts."""
        host, home = self._host, self._home
        found, problems = await find_engines(self._settings, host, self._spawner, home)
        if any(engine.kind == "preview" for engine in found):
            missing_templates(home.preview, fix=True)
        if any(engine.exact for engine in found):
            with contextlib.suppress(OSError):
                await asyncio.to_thread(force_english, host, home)
        engines, more = await probe_all(
            found, self._spawner, host, home.work, self._settings.probe_s
        )
        return engines, problems + more

    async def _signed_client(self, http: aiohttp.ClientSession) -> Client:
        """Give a client that signs as this node; enrols first where it must."""
        client = Client(http, self._settings.server_url, None)
        stored = credentials.read(self._home) or await self._enrol(client)
        client.sign_as(credentials.credentials_of(stored))
        return client

    async def _enrol(self, client: Client) -> credentials.Stored:
        """Enrol, however long the server is away."""
        while True:
            try:
                return await credentials.enrol(
                    client, self._home, self._settings, self._host.platform
                )
            except RetryLater as error:
                LOG.warning("cannot enrol yet", reason=str(error))
                await asyncio.sleep(spread(2, random.random()))  # noqa: S311

    async def _register(self, client: Client) -> None:
        """Register; a token that lies ready replaces credentials that are not accepted."""
        try:
            await self._session.register(self._has_token)
        except (Fatal, NotKnown):
            if not self._has_token():
                raise
            client.sign_as(credentials.credentials_of(await self._enrol(client)))
            await self._session.register()

    def _has_token(self) -> bool:
        return credentials.find_token(self._home, self._settings) is not None

    async def _until_stopped(self, sender: Sender, stop: asyncio.Event) -> bool:
        goes_on = False
        try:
            async with asyncio.TaskGroup() as group:
                work = Slots(self._tools, self._session, self._book, self._outbox, self._home)
                slots = [
                    group.create_task(work.run(stop), name=f"slot {number}")
                    for number in range(self._settings.slots)
                ]
                group.create_task(self._session.beat_for_ever(), name="heartbeat")
                group.create_task(self._session.hear_calls(), name="calls")
                group.create_task(sender.run(), name="outbox")
                group.create_task(self._stop(stop, slots, sender), name="stop")
                group.create_task(self._recycle(slots), name="recycle")
        except* Stopped:
            LOG.info("stopped")
        except* Recycled:
            goes_on = not stop.is_set()
            LOG.info("the server asked for it: beginning anew")
        except* (Fatal, OSError) as errors:
            raise _first(errors) from None
        return goes_on

    async def _recycle(self, slots: list[asyncio.Task[None]]) -> None:
        """Let the slots finish what they have, then end what an engine may have left behind."""
        await self._session.recycle.wait()
        await asyncio.wait(slots)
        raise Recycled

    async def _stop(
        self, stop: asyncio.Event, slots: list[asyncio.Task[None]], sender: Sender
    ) -> None:
        """Hand the work back: end it, report it interrupted, and leave."""
        await stop.wait()
        deadline = asyncio.get_running_loop().time() + STOP_S
        for lease in self._book:
            lease.end("stopped")
        await asyncio.wait(slots, timeout=STOP_S - 0.6)
        left_s = deadline - asyncio.get_running_loop().time()
        with contextlib.suppress(TimeoutError, AgentError):
            await asyncio.wait_for(sender.send_all(patience_s=max(0.1, left_s)), max(0.2, left_s))
        raise Stopped


def _first(errors: BaseExceptionGroup[Fatal | OSError]) -> Fatal | OSError:
    inner = errors.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
