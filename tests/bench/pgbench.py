"""The bare claim and complete, one task at a time, driven by PostgreSQL's own pgbench."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import asyncpg

from orchestrator.embedded import Cluster

CLIENTS = 32
TABLE = """
CREATE TABLE bare (id bigint PRIMARY KEY, priority smallint NOT NULL DEFAULT 50,
                   ready boolean NOT NULL DEFAULT true, attempt integer NOT NULL DEFAULT 0)
WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_cost_delay = 0);
CREATE INDEX bare_ready ON bare (priority DESC, id) WHERE ready;
"""
SCRIPT = """
UPDATE bare SET ready = false, attempt = attempt + 1
 WHERE id = (SELECT id FROM bare WHERE ready ORDER BY priority DESC, id LIMIT 1
               FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id AS task \\gset
DELETE FROM bare WHERE id = :task;
"""


async def install(dsn: str) -> None:
    """Make the table."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.close()


async def run(cluster: Cluster, database: str, folder: Path, count: int) -> float:
    """Claim and complete about `count` tasks with 32 clients; give tasks per second."""
    connection = await asyncpg.connect(cluster.dsn(database))
    await connection.execute("TRUNCATE bare")
    await connection.execute(
        "INSERT INTO bare (id) SELECT n FROM generate_series(1, $1::bigint) AS n", count + CLIENTS
    )
    await connection.execute("VACUUM ANALYZE bare")
    await connection.close()
    script = folder / "bare.sql"
    script.write_text(SCRIPT)
    program = str(cluster.binaries.program("pgbench"))
    process = await asyncio.create_subprocess_exec(
        program, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
        "-t", str(count // CLIENTS), "-f", str(script),
        "-h", cluster.host, "-p", str(cluster.port), "-U", cluster.user, database,
        env={"PGPASSWORD": cluster.password},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, errors = await asyncio.wait_for(process.communicate(), 600)
    found = re.search(r"tps = ([\d.]+) \(without", said.decode())
    if process.returncode or found is None:
        raise RuntimeError(f"pgbench ended with {process.returncode}: {errors.decode()[-500:]}")
    return float(found[1])
