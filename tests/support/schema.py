"""Run migrations by psql and write a database's schema down as text, from the catalog."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from orchestrator.embedded import Cluster

MIGRATIONS = Path(__file__).parents[2] / "migrations"
SCHEMAS = ["content", "file_mgr", "identity", "notification", "public", "render", "studio"]

TABLES = """
SELECT c.oid::regclass::text AS name, c.relkind::text AS kind,
       coalesce(array_to_string(c.reloptions, ', '), '') AS options,
       coalesce(pg_get_partkeydef(c.oid), '') AS partitioned,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY 1
"""
COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS needed,
       coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS filled,
       CASE a.attidentity WHEN 'a' THEN ' IDENTITY' ELSE '' END AS numbered,
       coalesce(col_description(a.attrelid, a.attnum), '') AS comment
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""
CONSTRAINTS = """
SELECT 'CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid) AS line
  FROM pg_constraint
 WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u', 'c', 'f', 'x')
 ORDER BY 1
"""
INDEXES = """
SELECT pg_get_indexdef(indexrelid) AS line
  FROM pg_index WHERE indrelid = $1::text::regclass AND NOT indisprimary ORDER BY 1
"""
FUNCTIONS = """
SELECT pg_get_functiondef(p.oid) AS line, coalesce(p.proacl::text, '') AS rights
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = ANY ($1::text[]) ORDER BY 1
"""
PARTITIONS = """
SELECT i.inhrelid::regclass::text || ' OF ' || i.inhparent::regclass::text || ' '
       || pg_get_expr(c.relpartbound, c.oid) AS line
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE c.relkind = 'r' ORDER BY 1
"""


def psql(cluster: Cluster, dsn: str, files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """Run files by psql in their order, as the manual says."""
    database = urlsplit(dsn).path.removeprefix("/")
    command = [str(cluster.binaries.program("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    command += ["-h", cluster.host, "-p", str(cluster.port), "-U", cluster.user, "-d", database]
    for file in files:
        command += ["-f", str(file)]
    environment = {"PATH": os.defpath, "PGPASSWORD": cluster.password, "PGTZ": "UTC"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def in_order() -> list[Path]:
    """Return the migration files in numeric order."""
    return sorted(MIGRATIONS.glob("*.sql"), key=lambda path: int(path.name.split("_")[0]))


async def described(dsn: str, *, everything: bool) -> str:
    """Write the schema down; with `everything` also comments, rights and monthly partitions."""
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        lines: list[str] = []
        for table in await connection.fetch(TABLES, SCHEMAS):
            lines += await _table(connection, table, everything=everything)
        for function in await connection.fetch(FUNCTIONS, SCHEMAS):
            lines += ["", function["line"].rstrip()]
            lines += [function["rights"]] if everything else []
        if everything:
            lines += [row["line"] for row in await connection.fetch(PARTITIONS)]
        return "\n".join(lines).lstrip("\n") + "\n"
    finally:
        await connection.close()


async def _table(
    connection: "asyncpg.Connection[asyncpg.Record]", table: asyncpg.Record, *, everything: bool
) -> list[str]:
    """Write one table down: columns in their order, constraints and indexes sorted."""
    name = table["name"]
    tail = f" PARTITION BY {table['partitioned']}" if table["partitioned"] else ""
    tail += f" WITH ({table['options']})" if table["options"] else ""
    lines = ["", f"TABLE {name}{tail}"] + ([table["comment"]] if everything else [])
    for column in await connection.fetch(COLUMNS, name):
        words = "".join(column[key] for key in ("type", "needed", "filled", "numbered"))
        lines.append(f"  {column['name']} {words}")
        lines += [f"    {column['comment']}"] if everything else []
    for query in (CONSTRAINTS, INDEXES):
        lines += [f"  {row['line']}" for row in await connection.fetch(query, name)]
    return lines
