"""bench farm: thousands of simulated nodes against one orchestrator, and how many it holds."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import aiohttp
import asyncpg
import psutil

from orchestrator.cli.database import create_key
from orchestrator.cli.farm import Child, free_port, until_ready
from orchestrator.client import FarmClient
from orchestrator.embedded import Cluster
from orchestrator.secrets import Secrets
from tests.bench.frame import Report, Wish, percentile, tell
from tests.bench.nodes import HEARTBEAT_S, TASK_S, Node, Tally
from tests.bench.server import migrated, own_server

NODES, SECONDS, WARM_S = 5_000, 300.0, 60.0
P99_MS = 250.0
KEY = "5" * 64
FRAMES, CHUNKS = 480, 48
FEWER = (0.75, 0.5, 0.35, 0.25, 0.15)
MORE = (1.5, 2.0)
SHORT_S = 90.0
"""How long the trials take that only look for the largest number of nodes."""
COUNTED = ("heartbeat", "frames", "result")
ROUTES = {"heartbeat": "/v1/agent/heartbeat", "frames": "/frames", "result": "/result"}
FILL = (
    """INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)
       VALUES (repeat('a', 32), repeat('b', 64), 'zip', 1, 'k', 'a.aep')""",
    """INSERT INTO render.task_classes (requirements_sha256, requirements)
       VALUES (repeat('1', 64), '{{"kind": "frames", "engine": "preview"}}'),
              (repeat('2', 64), '{{"kind": "export", "engine": "preview"}}')""",
    """INSERT INTO render.nodes (id, name, platform)
       SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'sim-' || n, 'linux'
         FROM generate_series(1, {nodes}) AS n""",
    """INSERT INTO render.render_jobs (id, tenant_id, project_id, plan, engine, request, bundle_id,
                                       comp, width, height, fps_num, fps_den, frames_total, state,
                                       started_at)
       SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', gen_random_uuid(),
              'split', 'preview', '{{}}', 1, 'main', 320, 180, 25, 1, {frames}, 'rendering', now()
         FROM generate_series(1, {jobs})""",
    """INSERT INTO render.tasks (tenant_id, job_id, kind, stage, position, state, class_id,
                                 bundle_id, vtime, spec, queued_at)
       SELECT tenant_id, id, 'frames', 1, n, 'queued', 1, 1,
              row_number() OVER (), jsonb_build_object('kind', 'frames', 'comp', 'main', 'frames',
                n * {size} || '-' || (n + 1) * {size} - 1, 'width', 320, 'height', 180,
                'fps', jsonb_build_object('num', 25, 'den', 1)), now()
         FROM render.render_jobs CROSS JOIN generate_series(0, {chunks} - 1) AS n""",
    """INSERT INTO render.tasks (tenant_id, job_id, kind, stage, position, state, class_id, spec)
       SELECT tenant_id, id, 'export', 2, 0, 'blocked', 2, '{{"kind": "export"}}'
         FROM render.render_jobs""",
    """INSERT INTO render.frame_jobs (task_id, job_id, tenant_id, chunk, frames, frame_count)
       SELECT id, job_id, tenant_id, position,
              int4multirange(int4range(position * {size}, (position + 1) * {size})), {size}
         FROM render.tasks WHERE kind = 'frames'""",
    """INSERT INTO render.task_queue (id, class_id, bundle_id, priority, vtime)
       SELECT id, class_id, bundle_id, priority, vtime FROM render.tasks WHERE state = 'queued'""",
    "VACUUM ANALYZE",
)


@dataclass(slots=True)
class Server:
    """Be the orchestrator as a process of its own."""

    url: str
    key: str
    child: Child

    def cpu_s(self) -> float:
        """Give the processor time that it used."""
        assert self.child.process is not None
        times = psutil.Process(self.child.process.pid).cpu_times()
        return float(times.user + times.system)

    def rss_mib(self) -> float:
        """Give what it holds in memory."""
        assert self.child.process is not None
        return float(psutil.Process(self.child.process.pid).memory_info().rss / 2**20)


async def run(wish: Wish) -> Report:
    """Measure with all nodes, then look for the largest number for which the promise holds."""
    report = Report("farm")
    most = wish.nodes or (200 if wish.is_quick else NODES)
    seconds = wish.seconds or (60.0 if wish.is_quick else SECONDS)
    async with own_server() as (cluster, folder):
        await _trial(report, cluster, folder, most, seconds, min(WARM_S, seconds / 3))
        held = most if _holds(report) else 0
        if not wish.is_quick and not (held and wish.seconds):
            held = await _largest(cluster, folder, most, held, min(seconds, SHORT_S))
    report.figures["nodes_held"] = held
    report.hold("http_p99_ms", report.figures["http_p99_ms"], most=P99_MS)
    report.hold("rss_growth", report.figures["rss_growth"], most=1.1)
    report.hold("nodes_held", held, least=most)
    return report


async def _largest(cluster: Cluster, folder: Path, most: int, held: int, seconds: float) -> int:
    """Go up from `most` nodes while the promise holds, or down until it does."""
    for share in MORE if held else FEWER:
        trial = Report("farm")
        await _trial(trial, cluster, folder, int(most * share), seconds, seconds / 3)
        if held and not _holds(trial):
            return held
        if not held and _holds(trial):
            return int(most * share)
        held = int(most * share) if held else 0
    return held


def _holds(trial: Report) -> bool:
    """Tell whether the promise held: quick calls, none refused, every sign of life sent."""
    figures = trial.figures
    all_beat = figures["heartbeats_per_s"] > 0.97 * figures["heartbeats_expected_per_s"]
    return figures["http_p99_ms"] < P99_MS and figures["refused"] == 0 and all_beat


async def _trial(
    report: Report, cluster: Cluster, folder: Path, nodes: int, seconds: float, warm_s: float
) -> None:
    """Let so many nodes work for some seconds, the first ones not counted."""
    tell(f"{nodes} nodes for {seconds:.0f} s")
    dsn = await migrated(cluster, f"farm_{nodes}")
    await _fill(dsn, nodes, jobs=1 + int(nodes * (seconds + TASK_S) / TASK_S * 1.3 / CHUNKS))
    tally = Tally()
    async with _serving(dsn, folder / str(nodes)) as server, _http() as http:
        secrets = Secrets(bytes.fromhex(KEY))
        working = [
            asyncio.create_task(
                Node(http, server.url, node_id, secrets.node_secret(node_id, 1), tally).run(
                    min(warm_s / 2, TASK_S)
                )
            )
            for node_id in (UUID(int=number + 1) for number in range(nodes))
        ]
        watching = asyncio.create_task(_watch(http, server, tally))
        try:
            await asyncio.sleep(warm_s)
            tally.clear()
            before, rss = await _metrics(http, server), server.rss_mib()
            begin, cpu_s, own_s = time.perf_counter(), server.cpu_s(), time.process_time()
            await asyncio.sleep(seconds - warm_s)
            took = time.perf_counter() - begin
            after = await _metrics(http, server)
            _note(report, tally, took, nodes)
            report.figures["server_cores"] = round((server.cpu_s() - cpu_s) / took, 2)
            report.figures["nodes_cores"] = round((time.process_time() - own_s) / took, 2)
            report.figures["server_p99_ms"] = _server_p99(before, after)
            report.figures["rss_mib"] = round(server.rss_mib(), 1)
            report.figures["rss_growth"] = round(server.rss_mib() / rss, 3)
        finally:
            for task in (*working, watching):
                task.cancel()
            ended = await asyncio.gather(*working, return_exceptions=True)
            broken = [one for one in ended if isinstance(one, Exception)]
            if broken:
                report.notes.append(f"{len(broken)} nodes broke, the first by {broken[0]!r}")


async def _fill(dsn: str, nodes: int, jobs: int) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in FILL:
        sql = statement.format(
            nodes=nodes, jobs=jobs, frames=FRAMES, chunks=CHUNKS, size=FRAMES // CHUNKS
        )
        await connection.execute(sql, timeout=300)
    await connection.close()


@asynccontextmanager
async def _serving(dsn: str, data: Path) -> AsyncIterator[Server]:
    """Run an orchestrator with the settings that everybody gets."""
    await asyncio.to_thread(data.mkdir)
    port = await asyncio.to_thread(free_port, None)
    url = f"http://127.0.0.1:{port}"
    settings = f'port = {port}\ndatabase_url = "{dsn}"\nserver_key = "{KEY}"\n'
    settings += "rate_key_per_s = 0\nrate_address_per_s = 0\n"
    (data / "flatrender.toml").write_text(settings, encoding="utf-8")
    key = (await create_key(dsn, "bench", ("admin",))).secret
    words = (sys.executable, "-P", "-m", "orchestrator", "serve", "--data", str(data))
    child = Child("orchestrator", (*words, "--with-parent"), data / "orchestrator.log")
    child.spawn()
    try:
        async with FarmClient(url, key) as client:
            await until_ready(client, child)
        yield Server(url, key, child)
    finally:
        await child.stop()


@asynccontextmanager
async def _http() -> AsyncIterator[aiohttp.ClientSession]:
    """Lend connections as the agent's are, without its limit for one machine."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as http:
        yield http


async def _watch(http: aiohttp.ClientSession, server: Server, tally: Tally) -> None:
    """Call a handler that does nothing, as a control, and see how late this process is."""
    while True:
        begin = time.perf_counter()
        async with http.get(server.url + "/healthz") as answer:
            await answer.read()
        tally.times["no_op"].append((time.perf_counter() - begin) * 1000)
        pause = random.uniform(0.02, 0.08)
        begin = time.perf_counter()
        await asyncio.sleep(pause)
        tally.lag_ms.append((time.perf_counter() - begin - pause) * 1000)


async def _metrics(http: aiohttp.ClientSession, server: Server) -> dict[float, float]:
    """Read how many counted calls took at most so many seconds."""
    headers = {"Authorization": f"Bearer {server.key}"}
    async with http.get(server.url + "/metrics", headers=headers) as answer:
        text = await answer.text()
    found: dict[float, float] = {}
    line = re.compile(
        r'flatrender_http_request_seconds_bucket\{le="([^"]+)",method="POST",'
        r'route="([^"]+)"\} (\S+)'
    )
    for le, path, count in line.findall(text):
        if path.endswith(tuple(ROUTES.values())):
            found[float(le)] = found.get(float(le), 0) + float(count)
    return found


def _server_p99(before: dict[float, float], after: dict[float, float]) -> float:
    """Give the upper edge of the bucket that 99 of 100 calls did not exceed, milliseconds."""
    grown = {le: after[le] - before.get(le, 0) for le in sorted(after)}
    total = max(grown.values(), default=0)
    return next((le * 1000 for le, count in grown.items() if count >= total * 0.99), 0.0)


def _note(report: Report, tally: Tally, took: float, nodes: int) -> None:
    """Write down what the nodes saw."""
    times = [one for kind in COUNTED for one in tally.times[kind]]
    figures = report.figures
    figures["nodes"] = nodes
    figures["http_p99_ms"] = round(percentile(times, 99), 1)
    for kind in (*COUNTED, "no_op"):
        figures[f"{kind}_p50_ms"] = round(percentile(tally.times[kind] or [0], 50), 1)
        figures[f"{kind}_p99_ms"] = round(percentile(tally.times[kind] or [0], 99), 1)
    figures["client_lag_p99_ms"] = round(percentile(tally.lag_ms, 99), 1)
    figures["claims_per_s"] = round(len(tally.times["claim"]) / took, 1)
    figures["heartbeats_per_s"] = round(len(tally.times["heartbeat"]) / took, 1)
    figures["heartbeats_expected_per_s"] = nodes / HEARTBEAT_S
    figures["tasks_per_s"] = round(tally.tasks / took, 1)
    figures["refused"] = tally.refused
    tell(f"{nodes} nodes: p99 {figures['http_p99_ms']} ms, {tally.refused} refused")
