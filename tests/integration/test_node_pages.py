"""What a person sees of a machine: its crashes with their pictures, its cache, who let it in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from tests.support.people import Person, signed_in
from tests.support.server import Api, serving

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF rest of a picture"


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="module")
async def viewer(api: Api) -> Person:
    return await signed_in(api, "viewer")


@pytest.fixture
async def look(api: Api) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(api.dsn)
    yield connection
    await connection.close()


async def node_in(look: asyncpg.Connection[Any]) -> UUID:
    """Write a node."""
    node_id = uuid4()
    await look.execute(
        "INSERT INTO render.nodes (id, name, platform) VALUES ($1, $2, 'windows')",
        node_id,
        f"node-{node_id}",
    )
    return node_id


async def crash_in(
    api: Api, look: asyncpg.Connection[Any], node: UUID, picture: bytes | None = None
) -> int:
    """Write a crash whose picture is in the storage."""
    key = None
    if picture is not None:
        key = f"work/{uuid4()}/screenshot.jpg"

        async def source() -> AsyncIterator[bytes]:
            yield picture

        await api.deps.objects.put(key, source(), max_bytes=1 << 20)
    found = await look.fetchval(
        "INSERT INTO render.node_crashes (node_id, kind, signature, message, log_tail,"
        " crash_class, exit_code, frame, memory_bytes, screenshot_key) VALUES ($1, 'engine', 's',"
        " 'm', $2, 'dialog', 3221225477, 42, 5000000000, $3) RETURNING id",
        node,
        "<script>alert(1)</script>\nlast words",
        key,
    )
    return int(found)


async def test_a_crash_shows_its_class_exit_frame_memory_lines_and_screen(
    api: Api, viewer: Person, look: asyncpg.Connection[Any]
) -> None:
    node = await node_in(look)
    crash = await crash_in(api, look, node, JPEG)
    for path in (f"/admin/nodes/{node}", f"/admin/nodes/{node}/crashes"):
        page = (await viewer.get(path)).body.decode()
        screen = f"/admin/nodes/{node}/crashes/{crash}/screen"
        for told in ("dialog", "0xC0000005", "42", "5.0 GB", "last words", f'src="{screen}"'):
            assert told in page, told
        assert "<script>alert" not in page
    shown = await viewer.get(screen)
    assert (shown.code, shown.body) == (200, JPEG)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]


async def test_no_other_bytes_than_a_picture_come_from_a_node(
    api: Api, viewer: Person, look: asyncpg.Connection[Any]
) -> None:
    node, other = await node_in(look), await node_in(look)
    page = await crash_in(api, look, node, b"<html><script>alert(1)</script>")
    none = await crash_in(api, look, node)
    good = await crash_in(api, look, node, JPEG)
    for path in (f"{node}/crashes/{page}", f"{node}/crashes/{none}", f"{other}/crashes/{good}",
                 f"{node}/crashes/x", f"{node}/crashes/{2**70}"):  # fmt: skip
        assert (await viewer.get(f"/admin/nodes/{path}/screen")).code == 404


async def test_a_picture_that_was_cleared_away_is_not_found(
    api: Api, viewer: Person, look: asyncpg.Connection[Any]
) -> None:
    node = await node_in(look)
    crash = await crash_in(api, look, node, JPEG)
    key = await look.fetchval("SELECT screenshot_key FROM render.node_crashes WHERE id=$1", crash)
    await api.deps.objects.delete(key)
    assert (await viewer.get(f"/admin/nodes/{node}/crashes/{crash}/screen")).code == 404


async def test_crashes_go_on_over_pages(
    api: Api, viewer: Person, look: asyncpg.Connection[Any]
) -> None:
    node = await node_in(look)
    for _ in range(53):
        await crash_in(api, look, node)
    first = (await viewer.get(f"/admin/nodes/{node}/crashes")).body.decode()
    assert first.count('id="crash-') == 50
    after = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    rest = (await viewer.get(after)).body.decode()
    assert rest.count('id="crash-') == 3


async def test_a_node_names_the_templates_of_its_cache_and_who_let_it_in(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    admin = await signed_in(api, "admin")
    node = await node_in(look)
    project = (await api.call("POST", "/v1/projects", json={"name": "Nowruz"})).json["id"]
    md5 = uuid4().hex
    await look.execute(
        "UPDATE content.projects SET bundle_kind = 'zip', bundle_md5 = $2, bundle_sha256 ="
        " repeat('a', 64), bundle_size_bytes = 1, bundle_object_key = 'k', bundle_uploaded_at ="
        " now() WHERE id = $1",
        UUID(project),
        md5,
    )
    await look.execute(
        "INSERT INTO render.node_template_cache (node_id, bundle_md5, size_bytes, cached_at,"
        " last_used_at) VALUES ($1, $2, 1, now(), now())",
        node,
        md5,
    )
    await admin.post("/admin/nodes/enrol")
    await look.execute(
        "UPDATE render.enrolment_tokens SET used_at = now(), node_id = $1 WHERE used_at IS NULL",
        node,
    )
    page = (await admin.get(f"/admin/nodes/{node}")).body.decode()
    assert f'href="/admin/projects/{project}"' in page
    assert "by a token of" in page
    assert "admin@example.com" in page
