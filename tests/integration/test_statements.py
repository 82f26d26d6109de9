"""Every statement of store/sql against the migrated database."""

import asyncpg

from orchestrator.store import statements


async def test_the_database_prepares_every_statement(database: str) -> None:
    connection = await asyncpg.connect(database)
    refused: dict[str, str] = {}
    for name, sql in statements.load().items():
        try:
            await connection.prepare(sql)
        except asyncpg.PostgresError as error:
            refused[name] = str(error)
    await connection.close()
    assert refused == {}
