"""The page of the settings: changed, asked first, refused with what was typed, taken back."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.support.people import Person, signed_in
from tests.support.server import Answer, Api, running

PATH = "/admin/settings"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path, max_attempts=7) as served:
        yield served


@pytest.fixture
async def admin(api: Api) -> Person:
    return await signed_in(api, "admin")


def text(answer: Answer) -> str:
    return html.unescape(answer.body.decode())


def typed(page: str, name: str) -> str:
    """Give what the input of a setting holds."""
    found = re.search(rf'id="value-{name}" name="value\.{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def form(**values: tuple[str, float]) -> dict[str, str]:
    """Fill a form in: what is typed, and what was in force when the page was drawn."""
    return {
        key: value
        for name, (now, was) in values.items()
        for key, value in ((f"value.{name}", now), (f"was.{name}", str(was)))
    }


async def test_a_setting_is_changed_told_and_taken_back(api: Api, admin: Person) -> None:
    page = text(await admin.get(PATH))
    assert (typed(page, "max_file_bytes"), typed(page, "session_max_s")) == ("512", "14")
    sent = form(max_file_bytes=("1,024", 2**29), max_frames=("100000", 100_000))
    answer = await admin.post(PATH, sent)
    assert (answer.code, answer.headers["Location"]) == (303, PATH)
    assert api.deps.settings.max_file_bytes == 2**30
    assert list(api.deps.in_force.changed) == ["max_file_bytes"]
    page = text(await admin.get(PATH))
    assert "Largest media file: 512 MiB is now 1024 MiB" in page
    assert "admin@example.com" in page
    undo = dict(_HIDDEN.findall(page.partition('role="status"')[2].partition("</form>")[0]))
    assert (await admin.post(PATH, undo)).code == 303
    assert api.deps.in_force.changed == {}


async def test_an_empty_field_goes_back_to_the_default(api: Api, admin: Person) -> None:
    await admin.post(PATH, form(max_frames=("5", 100_000)))
    assert api.deps.settings.max_frames == 5
    await admin.post(PATH, form(max_frames=(" ", 5)))
    assert api.deps.settings.max_frames == 100_000
    again = await admin.post(PATH, form(max_frames=("100000", 100_000)))
    assert again.code == 303
    assert api.deps.in_force.changed == {}


async def test_a_refused_form_keeps_what_was_typed_and_marks_the_field(
    api: Api, admin: Person
) -> None:
    for name, now, was, told in (
        ("heartbeat_s", "20", 10, "Give at most 15 seconds, or make leases longer."),
        ("upload_ttl_s", "0.001", 86_400, "Give at least 0.016667 hours."),
        ("max_frames", "many", 100_000, "Give a number, such as 30 or 0.5."),
        ("poll_every_s", "0", 5, "Give more than zero."),
        ("max_frames", "2.5", 100_000, "Give a whole number."),
    ):
        sent = form(retention_tasks_days=("91", 90), **{name: (now, was)})
        answer = await admin.post(PATH, sent)
        page = text(answer)
        assert answer.code == 422
        assert typed(page, name) == now
        assert typed(page, "retention_tasks_days") == "91"
        assert re.search(rf'id="value-{name}"[^>]*aria-invalid="true"', page)
        assert told in page
    assert api.deps.in_force.changed == {}


async def test_a_form_that_is_out_of_date_changes_nothing_and_tells_the_value_of_now(
    api: Api, admin: Person
) -> None:
    await admin.post(PATH, form(max_frames=("5", 100_000)))
    answer = await admin.post(PATH, form(max_frames=("6", 100_000), max_file_bytes=("1", 2**29)))
    page = text(answer)
    assert answer.code == 409
    assert typed(page, "max_frames") == "6"
    assert "Meanwhile it is 5 frames." in page
    assert api.deps.settings.max_file_bytes == 2**29
    again = dict(_HIDDEN.findall(page))
    sent = form(max_frames=("6", float(again["was.max_frames"])))
    assert (await admin.post(PATH, sent)).code == 303
    assert api.deps.settings.max_frames == 6


async def test_what_deletes_or_ends_something_is_asked_first(api: Api, admin: Person) -> None:
    sent = form(retention_tasks_days=("30", 90), url_ttl_s=("30", 3600))
    asked = await admin.post(PATH, sent)
    page = text(asked)
    assert asked.code == 200
    assert "Tasks, attempts and events of renders that ended before" in page
    assert 'data-kind="day"' in page
    assert api.deps.in_force.changed == {}
    fields = dict(_HIDDEN.findall(page.partition("<main")[2]))
    assert fields.pop("sure") == "yes"
    assert (await admin.post(PATH, {**fields, "sure": "yes"})).code == 303
    assert api.deps.settings.retention_tasks_days == 30
    assert api.deps.settings.url_ttl_s == 1800
    longer = await admin.post(PATH, form(retention_tasks_days=("60", 30)))
    assert longer.code == 303
    bad = await admin.post(PATH, form(retention_tasks_days=("0", 60)))
    assert bad.code == 422
    slow = await admin.post(PATH, form(lease_ttl_s=("3600", 30)))
    assert "A node that dies keeps its work for so long." in text(slow)
    assert api.deps.settings.lease_ttl_s == 30


async def test_what_the_server_was_given_is_shown_and_not_changed(api: Api, admin: Person) -> None:
    page = text(await admin.get(PATH))
    assert "FLATRENDER_MAX_ATTEMPTS" in page
    assert 'name="value.max_attempts"' not in page
    forged = await admin.post(PATH, form(max_attempts=("9", 7)))
    assert forged.code == 409
    assert api.deps.settings.max_attempts == 7
    assert "postgresql://" not in page


async def test_a_change_of_the_page_is_in_the_audit_list(api: Api, admin: Person) -> None:
    await admin.post(PATH, form(max_frames=("5", 100_000)))
    connection = await asyncpg.connect(api.dsn)
    try:
        row = await connection.fetchrow(
            "SELECT actor_kind, target_kind, target_id, detail->>'old', detail->>'new'"
            " FROM render.audit_log WHERE action = 'settings.change'"
        )
    finally:
        await connection.close()
    assert row is not None
    assert tuple(row) == ("user", "settings", "max_frames", "100000", "5")
    assert (await admin.get("/admin/audit?action=settings.change")).code == 200


async def test_in_persian_the_numbers_have_persian_digits_and_are_read_so(
    api: Api, admin: Person
) -> None:
    await admin.post("/admin/account/language", {"locale": "fa"})
    page = text(await admin.get(PATH))
    assert typed(page, "lease_ttl_s") == "۳۰"
    assert typed(page, "cost_preview") == "۰٫۱"
    assert (await admin.post(PATH, form(cost_preview=("۰٫۲۵", 0.1)))).code == 303
    assert api.deps.settings.cost_preview == 0.25
    refused = text(await admin.post(PATH, form(heartbeat_s=("۱۶", 10))))
    assert "حداکثر ۱۵ ثانیه" in refused


async def test_a_form_that_is_none_of_ours_is_refused(api: Api, admin: Person) -> None:
    for was in ("", "x", "nan", "inf", "1e400"):
        answer = await admin.post(PATH, {"value.max_frames": "5", "was.max_frames": was})
        assert answer.code == 400
    assert api.deps.in_force.changed == {}
