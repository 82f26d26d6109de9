"""The schema as a whole: the same by both ways and on both servers, commented, loosely coupled."""

from __future__ import annotations

import asyncio
import re
import secrets

import asyncpg
import pytest

from orchestrator.embedded import Cluster, create_database
from orchestrator.store.migrate import migrate
from orchestrator.store.partitions import ensure_partitions
from tests.support.golden import Golden
from tests.support.postgres import fresh_database
from tests.support.schema import MIGRATIONS, SCHEMAS, described, in_order, psql

CARRIERS = [
    "identity.users",
    "content.templates",
    "content.projects",
    "studio.saved_projects",
    "render.render_jobs",
    "render.tasks",
    "render.frame_jobs",
    "render.exports",
    "render.snapshots",
    "render.job_events",
    "render.outbox",
    "render.render_scan_jobs",
    "render.webhook_deliveries",
    "render.idempotency_keys",
    "render.fonts",
    "file_mgr.files",
    "file_mgr.folders",
    "file_mgr.quotas",
    "file_mgr.upload_sessions",
    "notification.notifications",
    "notification.notification_preferences",
]
EXPLAINED = re.compile(r"[a-z_]+\.[a-z_]+\.id|Request id|deleted first|hot path|What was made")
BARE = """
SELECT c.oid::regclass::text || coalesce('.' || a.attname, '')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
"""
KEYS = """
SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
                  AND (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(c.conkey)]
                      @> c.conkey) AS indexed
  FROM pg_constraint c
 WHERE c.contype = 'f' AND c.conparentid = 0
"""
COLUMNS = """
SELECT c.oid::regclass::text AS "table", a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('f', 'p')
                  AND a.attnum = ANY (k.conkey)
                  AND (k.contype = 'f' OR cardinality(k.conkey) = 1)) AS keyed
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


async def rows(dsn: str, query: str, *values: object) -> list[asyncpg.Record]:
    """Ask many rows."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


@pytest.mark.parametrize("version", ["newest", "oldest"])
async def test_psql_and_the_runner_give_the_same_schema(
    version: str, request: pytest.FixtureRequest, golden: Golden
) -> None:
    cluster: Cluster = request.getfixturevalue(
        "postgres" if version == "newest" else "old_postgres"
    )
    async with (
        fresh_database(cluster, "template0") as by_psql,
        fresh_database(cluster, "template0") as by_runner,
    ):
        done = await asyncio.to_thread(psql, cluster, by_psql, in_order())
        assert (done.returncode, done.stderr) == (0, "")
        await migrate(by_runner)

        assert await described(by_psql, everything=True) == (
            await described(by_runner, everything=True)
        )
        golden.text("schema.sql", await described(by_runner, everything=False))


async def test_every_table_and_column_says_what_it_is_for(database: str) -> None:
    assert [row[0] for row in await rows(database, BARE, SCHEMAS)] == []


async def test_one_hard_key_crosses_schemas(database: str) -> None:
    crossing = {
        (key["child"], *key["columns"], key["parent"])
        for key in await rows(database, KEYS)
        if key["child"].split(".")[0] != key["parent"].split(".")[0]
    }
    assert crossing == {("identity.earned_gifts", "notification_id", "notification.notifications")}


async def test_every_key_without_a_constraint_says_what_it_points_at(database: str) -> None:
    loose = [
        f"{column['table']}.{column['name']}"
        for column in await rows(database, COLUMNS, SCHEMAS)
        if column["type"] == "uuid" and column["name"].endswith("_id") and not column["keyed"]
        if not re.search(
            r"[a-z_]+\.[a-z_]+\.id|Request id|deleted first|hot path|What was made",
            column["comment"],
        )
    ]
    assert loose == []


async def test_every_key_has_an_index_so_that_deleting_stays_cheap(database: str) -> None:
    bare = {
        f"{key['child']} {key['columns']}"
        for key in await rows(database, KEYS)
        if not key["indexed"]
    }
    few_or_never_deleted = {
        "render.render_jobs ['class_id']",
        "render.frame_repair_jobs ['suspect_node_id']",
        "render.frame_repair_jobs ['spare_class_id']",
        "render.enrolment_tokens ['node_id']",
        "render.render_scan_jobs ['bundle_id']",
        "identity.tenants ['parent_id']",
    }
    assert bare == few_or_never_deleted


async def test_what_belongs_to_a_tenant_carries_its_id(database: str) -> None:
    found = await rows(database, COLUMNS, SCHEMAS)
    with_tenant = {column["table"] for column in found if column["name"] == "tenant_id"}
    assert set(CARRIERS) - with_tenant == set()


async def test_the_words_of_the_house_are_kept_in_names(database: str) -> None:
    words = re.compile(r"(^|_)(status|worker|host|machine|canceled|lease_until)(_|$)")
    odd = [
        f"{column['table']}.{column['name']}"
        for column in await rows(database, COLUMNS, SCHEMAS)
        if words.search(column["name"]) and column["name"] != "http_status"
    ]
    assert odd == []


def recipe() -> str:
    """Return the roles recipe of 00_setup as statements."""
    text = (MIGRATIONS / "00_setup.sql").read_text()
    match = re.search(r"^-- recipe begins\n(.*?)^-- recipe ends", text, re.DOTALL | re.MULTILINE)
    assert match is not None
    return re.sub(r"^--( |$)", "", match[1], flags=re.MULTILINE)


async def test_the_roles_recipe_gives_each_service_its_schema_and_no_other(
    postgres: Cluster,
) -> None:
    name = f"recipe_{secrets.token_hex(4)}"
    create_database(postgres, name)
    dsn = postgres.dsn(name)
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(recipe())
        report = await migrate(f"{dsn}&role=flatrender_owner")
        assert len(report.applied) == len(in_order())

        made = await ensure_partitions(f"{dsn}&role=flatrender_app", 4)
        assert len(made.created) == 4
        await admin.execute("SET ROLE flatrender_app")
        await admin.execute("SELECT * FROM identity.tenants, public.schema_ledger")
        await admin.execute(
            "INSERT INTO render.job_events (tenant_id, job_id, type)"
            " SELECT id, id, 'x' FROM identity.tenants LIMIT 0"
        )
        await admin.execute("SET ROLE flatrender_render")
        await admin.execute("SELECT * FROM render.tasks")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await admin.execute("SELECT * FROM identity.tenants")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await admin.execute("CREATE TABLE render.mine (id int)")
    finally:
        await drop_recipe(admin, postgres, name)


async def drop_recipe(
    admin: asyncpg.Connection[asyncpg.Record], postgres: Cluster, name: str
) -> None:
    """Drop the database of the recipe, then its roles."""
    await admin.close()
    other = await asyncpg.connect(postgres.dsn("postgres"))
    await other.execute(f"DROP DATABASE {name} WITH (FORCE)")
    for role in await other.fetch("SELECT rolname FROM pg_roles WHERE rolname ~ '^flatrender_'"):
        await other.execute(f"DROP ROLE {role['rolname']}")
    await other.close()
