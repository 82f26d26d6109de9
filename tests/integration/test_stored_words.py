"""Whatever tenants, projects, nodes and bundles call their things, pages show it as words.

Every text of the database that takes it is made hostile, and then every page is read as a browser
reads it: no element, no handler and no address may come out of the words.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.integration.test_persian_pages import farm_in_trouble, walk
from tests.support.farm import Farm
from tests.support.people import signed_in
from tests.support.server import Api

MARKS = "'\"></title></script><img src=x onerror=alert(1)><!--"
SCHEME = "javascript:alert(1)//{0.__class__}{{7*7}}"
COLUMNS = """
SELECT c.table_schema AS schema, c.table_name AS name, c.column_name AS column, c.data_type AS kind
  FROM information_schema.columns c
  JOIN information_schema.tables t USING (table_schema, table_name)
 WHERE c.table_schema IN ('identity', 'content', 'render', 'file_mgr')
   AND t.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'jsonb', 'ARRAY')
   AND c.is_generated = 'NEVER' AND (c.data_type <> 'ARRAY' OR c.udt_name = '_text')
"""
CHOICES = {"engine", "kind", "state", "type", "plan", "class", "failure_class", "crash_class"}
CHOICES |= {
    "actor_id",
    "target_id",
    "actor_kind",
    "target_kind",
    "action",
    "role",
    "locale",
    "scopes",
    "platform",
}
CHOICES |= {
    "recovery",
    "edited_fields",
    "edited",
    "container",
    "quality",
    "mode",
    "object_key",
    "outcome",
    "close_reason",
    "events",
}
"""Words of ours, whose columns hold nothing else though the database would take it."""
NAMES = {"title", "name", "label", "text", "message", "description", "line", "reason"}
FREE = {"layer", "comp", "place", "note", "hint", "default"}
URLS = {"href", "src", "action", "formaction", "data-url", "poster", "hx-post", "hx-get"}


class Reader(HTMLParser):
    """Read a page as a browser does, and note what no page of ours has."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.words = ""
        self.feed(source)
        self.close()

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        self.words += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        for name, value in attrs:
            if name.startswith("on") or name == "srcdoc" or (name == "src" and value == "x"):
                self.wrong.append(f"<{tag} {name}={value}>")
            if name in URLS and urlsplit(value or "").scheme not in {"", "http", "https"}:
                self.wrong.append(f"<{tag} {name}={value}>")
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.wrong.append(f"<{tag}>")


@pytest.fixture(scope="module")
async def farm(api: Api) -> AsyncIterator[Farm]:
    async with farm_in_trouble(api) as made:
        yield made


def spoilt(value: Any, word: str, name: str = "") -> Any:
    """Give a document with hostile names in it."""
    if isinstance(value, dict):
        return {key: spoilt(one, word, key) for key, one in value.items()}
    if isinstance(value, list):
        return [spoilt(one, word, name) for one in value]
    return word if isinstance(value, str) and name in NAMES | FREE else value


def changes(kind: str, rows: list[asyncpg.Record], word: str) -> Iterator[tuple[str, object]]:
    """Give (ctid, new value) of a column's rows."""
    for row in rows:
        if kind == "text":
            yield row["at"], f"{word} {row['at']}"
        elif kind == "ARRAY":
            yield row["at"], [word]
        else:
            yield row["at"], json.dumps(spoilt(json.loads(row["value"]), word))


async def spoil(look: "asyncpg.Connection[Any]", word: str) -> int:
    """Write hostile words wherever the database takes them; give in how many places."""
    count = 0
    for column in await look.fetch(COLUMNS):
        if column["column"] in CHOICES or column["column"].endswith("_code"):
            continue
        table = f"{column['schema']}.{column['name']}"
        name, kind = column["column"], column["kind"]
        read = f'SELECT ctid::text AS at, "{name}"::text AS value FROM {table}'
        rows = await look.fetch(f'{read} WHERE "{name}" IS NOT NULL')
        for at, value in changes(kind, rows, word):
            cast = "jsonb" if kind == "jsonb" else "text[]" if kind == "ARRAY" else "text"
            with suppress(asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
                done = await look.execute(
                    f'UPDATE {table} SET "{name}" = $1::{cast} WHERE ctid = $2::text::tid',
                    value,
                    at,
                )
                count += done.endswith(" 1")
    return count


@pytest.mark.parametrize(
    ("word", "locale"), [(MARKS, "en"), (SCHEME, "fa")], ids=["marks", "scheme"]
)
async def test_no_word_becomes_a_part_of_a_page(
    api: Api, farm: Farm, word: str, locale: str
) -> None:
    who = await signed_in(api, "admin", f"{locale}@example.com")
    await who.post("/admin/account/language", {"locale": locale})
    assert await spoil(farm.look, word) > 50
    pages = {address: Reader(page.source) for address, page in (await walk(who)).items()}
    assert not {address: page.wrong for address, page in pages.items() if page.wrong}
    assert sum(word[3:30] in page.words for page in pages.values()) > 10
