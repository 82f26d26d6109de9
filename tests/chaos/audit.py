"""Judge a run from outside: plain SQL, the storage folder, the journal of the proxy."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from imageio_ffmpeg import get_ffmpeg_exe

from tests.chaos.engine import HEIGHT, WIDTH, colour, png
from tests.chaos.inject import Death
from tests.chaos.orders import Client
from tests.chaos.proxy import Seen
from tests.chaos.watch import Watch

TERMINAL = {"done", "failed", "cancelled"}
REPORTS = {"progress", "log", "uploads", "frames", "crash", "result"}
TOLERANCE = 20
"""How far a decoded colour may lie from the drawn one, of 255."""
NOTEBOOK = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(),
  about text, key text, attempt integer, current integer, was text, is_now text);
CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE leased integer; was text; is_now text; task bigint; n integer; k text;
BEGIN
  IF TG_TABLE_NAME = 'frame_results' THEN
    task := NEW.task_id; n := NEW.attempt; k := NEW.frame_job_id || '/' || NEW.frame;
    is_now := encode(NEW.sha256, 'hex');
    IF TG_OP = 'UPDATE' THEN was := encode(OLD.sha256, 'hex'); END IF;
  ELSIF TG_TABLE_NAME = 'attempts' THEN
    task := NEW.task_id; n := NEW.attempt; k := task::text;
    was := OLD.outcome; is_now := NEW.outcome;
  ELSIF TG_TABLE_NAME = 'exports' THEN
    task := NEW.task_id; n := NEW.attempt; k := NEW.job_id || '/' || NEW.kind;
    is_now := NEW.sha256;
    IF TG_OP = 'UPDATE' THEN was := OLD.sha256; END IF;
  ELSIF TG_TABLE_NAME = 'tasks' THEN
    task := NEW.id; n := NEW.attempt; k := task::text; was := OLD.state; is_now := NEW.state;
  ELSIF TG_TABLE_NAME = 'outbox' THEN
    k := NEW.job_id::text; is_now := replace(NEW.type, 'job.', '');
  ELSIF TG_TABLE_NAME = 'task_queue' THEN
    task := NEW.id; n := NEW.attempt; k := task::text;
    was := OLD.attempt::text; is_now := NEW.attempt::text;
  ELSE
    k := NEW.id::text; was := OLD.state; is_now := NEW.state;
  END IF;
  SELECT max(a.attempt) INTO leased FROM render.attempts AS a WHERE a.task_id = task;
  INSERT INTO chaos.notes (about, key, attempt, current, was, is_now)
  VALUES (TG_TABLE_NAME, k, n, leased, was, is_now);
  RETURN NULL;
END $body$;
CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON render.frame_results
  FOR EACH ROW EXECUTE FUNCTION chaos.note();
CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON render.exports
  FOR EACH ROW EXECUTE FUNCTION chaos.note();
CREATE TRIGGER chaos AFTER UPDATE ON render.attempts FOR EACH ROW
  WHEN (OLD.outcome IS DISTINCT FROM NEW.outcome) EXECUTE FUNCTION chaos.note();
CREATE TRIGGER chaos AFTER UPDATE ON render.tasks FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION chaos.note();
CREATE TRIGGER chaos AFTER UPDATE ON render.render_jobs FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION chaos.note();
CREATE TRIGGER chaos AFTER INSERT ON render.outbox
  FOR EACH ROW EXECUTE FUNCTION chaos.note();
CREATE TRIGGER chaos AFTER UPDATE ON render.task_queue FOR EACH ROW
  WHEN (OLD.attempt IS DISTINCT FROM NEW.attempt) EXECUTE FUNCTION chaos.note();
"""
"""An append-only notebook that the database itself fills, in the transactions it tells of."""
STALE = """
SELECT about, key, attempt, current, was, is_now FROM chaos.notes
 WHERE (about IN ('frame_results', 'exports') AND attempt IS DISTINCT FROM current)
    OR (about = 'attempts' AND attempt < current AND is_now IS DISTINCT FROM 'lost')
    OR (about = 'attempts' AND was IS NOT NULL AND is_now IS NOT NULL)
    OR (about = 'tasks' AND was IN ('succeeded', 'failed', 'cancelled', 'quarantined'))
    OR (about = 'render_jobs' AND was IN ('done', 'failed', 'cancelled'))
    OR (about = 'task_queue' AND is_now::integer <= was::integer)
    OR (about = 'exports' AND was IS NOT NULL)
"""
"""Changes by an attempt that another had followed, and ends that were left again."""
UNTOLD = """
SELECT coalesce(moved.key, told.key), coalesce(moved.is_now, told.is_now),
       coalesce(moved.n, 0), coalesce(told.n, 0)
  FROM (SELECT key, is_now, count(*) AS n FROM chaos.notes
         WHERE about = 'render_jobs' GROUP BY 1, 2) AS moved
  FULL JOIN (SELECT key, is_now, count(*) AS n FROM chaos.notes
              WHERE about = 'outbox' GROUP BY 1, 2) AS told
    ON told.key = moved.key AND told.is_now = moved.is_now
 WHERE moved.n IS DISTINCT FROM told.n
"""
"""Moves of jobs without exactly one event in the outbox each, and events of no move."""
USAGE = """
SELECT coalesce(sum(jobs_done), 0), coalesce(sum(frames), 0),
       (SELECT count(*) FROM render.render_jobs WHERE state = 'done'),
       (SELECT coalesce(sum(frames_total), 0) FROM render.render_jobs WHERE state = 'done')
  FROM identity.tenant_usage_daily
"""


@dataclass(slots=True)
class Findings:
    """Collect figures, and a sentence for each thing that is wrong."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def count(self, name: str, problems: Sequence[str]) -> None:
        """Keep how many, and the first few in words."""
        self.figures[name] = len(problems)
        self.wrong.extend(f"{name}: {problem}" for problem in problems[:8])


async def audit(
    look: asyncpg.Connection[Any],
    objects: Path,
    client: Client,
    journal: Sequence[Seen],
    watch: Watch,
    deaths: Sequence[Death],
) -> Findings:
    """Compare what was ordered with what the farm says and with what lies in storage."""
    found = Findings()
    jobs = await look.fetch(
        "SELECT id::text, state, plan, frames_total, failure_code, usage_counted,"
        " split_part(request #>> '{scenes,0,values,0,value}', ' ', 1) AS mark"
        " FROM render.render_jobs"
    )
    _count_jobs(found, client, jobs)
    await _duplicates(look, found, jobs)
    await _events_and_usage(look, found)
    await _stale(look, found, journal)
    await _frames(look, found, jobs, objects)
    await _left_over(look, found)
    await _recovery(look, found, watch, deaths)
    return found


def _count_jobs(found: Findings, client: Client, jobs: Sequence[Any]) -> None:
    states = Counter(job["state"] for job in jobs)
    by_id = {job["id"]: job for job in jobs}
    lost = [
        f"{mark} ({job_id}) is {by_id[job_id]['state'] if job_id in by_id else 'nowhere'}"
        for mark, job_id in client.accepted.items()
        if job_id not in by_id or by_id[job_id]["state"] not in TERMINAL
    ]
    lost += [
        f"{mark} was answered as cancelled but is {by_id[client.accepted[mark]]['state']}"
        for mark in client.cancelled
        if by_id.get(client.accepted[mark], {}).get("state") not in TERMINAL
    ]
    found.figures |= {
        "submitted": len(client.accepted),
        "done": states["done"],
        "failed": states["failed"],
        "cancelled": states["cancelled"],
        "failed_by": dict(Counter(str(j["failure_code"]) for j in jobs if j["state"] == "failed")),
    }
    found.count("lost", lost)
    found.count("refused_orders", client.refused)


async def _duplicates(look: Any, found: Findings, jobs: Sequence[Any]) -> None:
    twice = [f"{n} jobs of {mark}" for mark, n in Counter(j["mark"] for j in jobs).items() if n > 1]
    for what, statement in {
        "task {0} succeeded {1} times": "SELECT task_id, count(*) FROM render.attempts"
        " WHERE outcome = 'succeeded' GROUP BY 1 HAVING count(*) > 1",
        "job {0} has {1} events of its end": "SELECT job_id, count(*) FROM render.job_events"
        " WHERE type = 'state' AND payload ->> 'state' IN ('done', 'failed', 'cancelled')"
        " GROUP BY 1 HAVING count(*) > 1",
        "task {0} has {1} events of its success": "SELECT t.id, count(*)"
        " FROM render.job_events AS e CROSS JOIN LATERAL (SELECT"
        " e.task_id AS id WHERE e.task_id IS NOT NULL UNION ALL"
        " SELECT jsonb_array_elements_text(e.payload -> 'task_ids')::bigint) AS t"
        " WHERE e.type = 'task' AND e.payload ->> 'state' = 'succeeded'"
        " GROUP BY 1 HAVING count(*) > 1",
    }.items():
        twice += [what.format(*row.values()) for row in await look.fetch(statement)]
    found.count("duplicated", twice)


async def _events_and_usage(look: Any, found: Findings) -> None:
    """Hold the outbox against the moves that it tells of, and usage against what was done."""
    wrong = [
        "job {} became {} {} times and told of it {} times".format(*row.values())
        for row in await look.fetch(UNTOLD)
    ]
    found.count("events_wrong", wrong)
    jobs, frames, jobs_done, frames_done = (await look.fetchrow(USAGE)).values()
    counted, true = f"{jobs} jobs of {frames} frames", f"{jobs_done} jobs of {frames_done} frames"
    found.count("usage_wrong", [] if counted == true else [f"counted {counted}, done {true}"])


async def _stale(look: Any, found: Findings, journal: Sequence[Seen]) -> None:
    """Find changes by attempts that were over, in the notebook and in the answers given."""
    stale = [json.dumps(dict(row)) for row in await look.fetch(STALE)]
    attempts = {
        (row["task_id"], row["attempt"]): row
        for row in await look.fetch(
            "SELECT task_id, attempt, reply IS NOT NULL AS was_answered,"
            " extract(epoch FROM granted_at)::float8 AS granted_at FROM render.attempts"
        )
    }
    reports = [seen for seen in journal if seen.call in REPORTS and seen.task_id]
    for seen in reports:
        after = attempts.get((seen.task_id, seen.attempt + 1))
        own = attempts.get((seen.task_id, seen.attempt))
        if seen.code >= 300 or after is None or after["granted_at"] >= seen.sent_at:
            continue
        if seen.call == "result" and own is not None and own["was_answered"]:
            continue  # The same answer again: it was given while the lease was held.
        stale.append(f"{seen.call} of task {seen.task_id} attempt {seen.attempt}: {seen.code}")
    found.count("stale_accepted", stale)
    found.figures["zombies_refused"] = sum(seen.is_lost for seen in reports)
    found.figures["late_copies_refused"] = sum(s.is_lost and s.is_copy for s in reports)
    found.figures["calls"] = len(journal)
    fails = Counter(seen.code for seen in journal if seen.code >= 500)
    found.figures["server_errors"] = {str(code): n for code, n in sorted(fails.items())}


async def _frames(look: Any, found: Findings, jobs: Sequence[Any], objects: Path) -> None:
    """Hash every recorded frame and look at every frame of every video."""
    wrong: list[str] = []
    done = {job["id"]: job for job in jobs if job["state"] == "done"}
    rows = await look.fetch(
        "SELECT j.job_id::text, r.frame, r.task_id, r.attempt, encode(r.sha256, 'hex') AS sha256,"
        " r.object_key FROM render.frame_results AS r"
        " JOIN render.frame_jobs AS j ON j.id = r.frame_job_id"
    )
    seen: Counter[str] = Counter()
    marks = {job["id"]: job["mark"] for job in jobs}
    for row in rows:
        content, key = png(marks[row["job_id"]], row["frame"]), row["object_key"]
        seen[row["job_id"]] += 1
        is_right = row["sha256"] == hashlib.sha256(content).hexdigest()
        if key is not None:
            is_right &= f"/{row['task_id']}/{row['attempt']}/" in key
            is_right &= _stored(objects, key) == content
        if not is_right:
            wrong.append(f"frame {row['frame']} of {row['job_id']} by attempt {row['attempt']}")
    for job in done.values():
        if job["plan"] == "split" and seen[job["id"]] != job["frames_total"]:
            wrong.append(f"{job['id']} is done with {seen[job['id']]} recorded frames")
    wrong += await _videos(look, objects, done)
    found.count("frames_wrong", wrong)
    found.figures["frames_checked"] = len(rows)


async def _videos(look: Any, objects: Path, done: dict[str, Any]) -> list[str]:
    wrong = []
    exports = await look.fetch("SELECT job_id::text, kind, object_key, sha256 FROM render.exports")
    kinds: dict[str, set[str]] = {}
    for row in exports:
        job = done.get(row["job_id"])
        content = _stored(objects, row["object_key"])
        if content is None or hashlib.sha256(content).hexdigest() != row["sha256"]:
            wrong.append(f"export {row['object_key']} is not what was published")
        if job is None:
            wrong.append(f"{row['job_id']} is not done but has published a {row['kind']}")
            continue
        kinds.setdefault(row["job_id"], set()).add(row["kind"])
        if row["kind"] == "video" and content is not None:
            wrong += _look_at(_path(objects, row["object_key"]), job)
    wrong += [
        f"{job} is done without its video" for job in done if "video" not in kinds.get(job, ())
    ]
    return wrong


def _look_at(video: Path, job: Any) -> list[str]:
    """Decode a video and compare each frame's colour with the drawn one."""
    words = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1", "-i", str(video),
             "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]  # fmt: skip
    raw = subprocess.run(words, capture_output=True, timeout=60, check=False).stdout
    size, wrong = WIDTH * HEIGHT * 3, []
    if len(raw) != size * job["frames_total"]:
        return [f"{job['id']} has {len(raw) / size:.1f} frames, not {job['frames_total']}"]
    for number in range(job["frames_total"]):
        middle = number * size + (HEIGHT // 2 * WIDTH + WIDTH // 2) * 3
        wanted, got = colour(job["mark"], number), raw[middle : middle + 3]
        if any(abs(a - b) > TOLERANCE for a, b in zip(wanted, got, strict=True)):
            wrong.append(f"frame {number} of {job['id']} is {tuple(got)}, not {wanted}")
    return wrong


def _path(objects: Path, key: str) -> Path:
    return objects / f"{key}.object" / key.rpartition("/")[2]


def _stored(objects: Path, key: str) -> bytes | None:
    try:
        return _path(objects, key).read_bytes()
    except OSError:
        return None


async def _left_over(look: Any, found: Findings) -> None:
    """Find rows that nobody will end any more, and months without a partition."""
    left = []
    for what, statement in {
        "queue row {0} of a task that is {1}": "SELECT q.id, t.state FROM render.task_queue AS q"
        " LEFT JOIN render.tasks AS t ON t.id = q.id",
        "task {0} is {1} in a finished job": "SELECT t.id, t.state FROM render.tasks AS t"
        " JOIN render.render_jobs AS j ON j.id = t.job_id WHERE j.finished_at IS NOT NULL"
        " AND t.state IN ('queued', 'leased', 'running')",
        "attempt {1} of task {0} never ended": "SELECT task_id, attempt FROM render.attempts"
        " WHERE outcome IS NULL",
        "rows stay in {0} ({1})": "SELECT 'node_health_logs_default', count(*)"
        " FROM render.node_health_logs_default HAVING count(*) > 0",
    }.items():
        left += [what.format(*row.values()) for row in await look.fetch(statement)]
    found.count("rows_left", left)


async def _recovery(look: Any, found: Findings, watch: Watch, deaths: Sequence[Death]) -> None:
    """Measure from an agent's silence to the next grant of each task that it held then."""
    times: list[float] = []
    excused = 0
    for death in deaths:
        rows = await look.fetch(
            "SELECT extract(epoch FROM b.granted_at)::float8 AS again"
            " FROM render.attempts AS a JOIN render.nodes AS n ON n.id = a.node_id"
            " JOIN render.attempts AS b ON b.task_id = a.task_id AND b.attempt = a.attempt + 1"
            " WHERE n.name = $1 AND a.outcome = 'lost' AND a.granted_at < to_timestamp($2)"
            " AND a.finished_at > to_timestamp($2) AND b.granted_at > to_timestamp($2)",
            f"agent{death.agent}",
            death.at,
        )
        for row in rows:
            if watch.is_excused(death.at, row["again"]):
                excused += 1
            else:
                times.append(row["again"] - death.at)
    times.sort()
    found.figures |= {
        "attempts_lost": await look.fetchval(
            "SELECT count(*) FROM render.attempts WHERE outcome = 'lost'"
        ),
        "deaths": len(deaths),
        "deaths_measured": len(times),
        "deaths_excused": excused,
        "recovery_p50_s": _part(times, 0.5),
        "recovery_p99_s": _part(times, 0.99),
        "recovery_max_s": _part(times, 1.0),
    }


def _part(values: Sequence[float], share: float) -> float | None:
    """Give the value below which a share of the sorted values lies; None of none."""
    if not values:
        return None
    return round(values[max(0, math.ceil(share * len(values)) - 1)], 2)
