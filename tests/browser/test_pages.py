"""What an admin does in a day, in a browser, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import expect

from orchestrator.wire.renders import Render, RenderOrder
from tests.browser.visitor import Language, Visitor, dsn_of
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo" / "template.zip"
LANGUAGES: tuple[Language, ...] = ("en", "fa")
SEEN = (
    "",
    "/nodes",
    "/jobs",
    "/projects",
    "/tenants",
    "/tenants/00000000-0000-0000-0000-000000000001",
    "/people",
    "/audit",
    "/settings",
    "/account",
)
DONE = {"en": "Done", "fa": "تمام‌شده"}
CANCELLED = {"en": "Cancelled", "fa": "لغوشده"}
DRAINING = {"en": "Draining", "fa": "در حال تخلیه"}
ONLINE = {"en": "Online", "fa": "برخط"}


def name_of(path: str) -> str:
    """Name a page's picture."""
    return path.strip("/").partition("/0")[0].replace("/", "-") or "overview"


async def order(farm: WholeFarm, **given: Any) -> Render:
    """Order a render of the demo's template, without waiting for it."""
    project = await uploaded(farm)
    async with farm.client() as client:
        return await client.submit(RenderOrder(project_id=project, engine="preview", **given))


async def uploaded(farm: WholeFarm) -> UUID:
    """Give the demo's template as a scanned project; the one of an earlier render where it is."""
    async with farm.client() as client:
        for one in (await client.renders()).data:
            return one.project_id
        project = await client.create_project("browser")
        await client.upload_bundle(project.id, DEMO)
        await client.quick_scan(project.id)
        return project.id


async def test_nobody_comes_in_with_a_wrong_password(visitor: Visitor) -> None:
    visitor.expected = (401,)
    await visitor.see("/admin/nodes")
    page = visitor.page
    await page.fill("input[name=email]", "sara@example.com")
    await page.fill("input[name=password]", "wrong")
    await page.press("input[name=password]", "Enter")
    await expect(page.locator("[role=alert]")).to_contain_text("wrong")
    await expect(page.locator("input[name=email]")).to_have_value("sara@example.com")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_open_to_everybody(
    visitor: Visitor, axe: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    found = []
    for scheme in ("light", "dark"):
        await visitor.page.emulate_media(color_scheme=scheme)
        for path in SEEN:
            await visitor.see(
                f"/admin{path}", f"{path.strip('/') or 'overview'}-{language}-{scheme}"
            )
            found += [f"{path} {scheme} {fault}" for fault in await visitor.serious(axe)]
    assert found == []


async def grow_old(farm: WholeFarm) -> None:
    """Let every session have given its password an hour ago."""
    connection = await asyncpg.connect(dsn_of(farm))
    try:
        await connection.execute(
            "UPDATE identity.sessions SET proven_at = now() - interval '1 hour'"
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_gave_the_password_long_ago_gives_it_again_and_loses_nothing(
    farm: WholeFarm, visitor: Visitor, axe: Path, language: Language
) -> None:
    visitor.expected = (401, 403)
    page, email = visitor.page, f"late-{language}@example.com"
    await visitor.sign_in(email, language)
    await visitor.see("/admin/account")
    await page.fill("input[name=new]", "a long one of mine")
    await page.press("input[name=new]", "Enter")
    await page.wait_for_selector("input[name=old]")
    await grow_old(farm)
    await visitor.see("/admin/people")
    await page.fill("form[action='/admin/people'] input[name=email]", f"new-{email}")
    await page.fill("form[action='/admin/people'] input[name=password]", "a long one of theirs")
    await page.press("form[action='/admin/people'] input[name=password]", "Enter")
    secret = page.locator("input[name=confirm_with]")
    await expect(secret).to_be_focused()
    await visitor.keep(f"confirm-{language}")
    assert await visitor.serious(axe) == []
    await secret.fill("not this one")
    await secret.press("Enter")
    await expect(page.locator("[role=alert]")).to_be_visible()
    await secret.fill("a long one of mine")
    await secret.press("Enter")
    await page.wait_for_url("**/admin/people")
    await expect(page.locator("tr", has_text=f"new-{email}")).to_have_count(1)


async def too_wide(visitor: Visitor) -> int:
    """Give how far a page reaches over its window, in pixels."""
    found: int = await visitor.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


async def pixel(visitor: Visitor) -> list[int]:
    """Give the colour of the video's corner, half a second after its beginning."""
    found: list[int] = await visitor.page.evaluate(
        """async () => {
            const video = document.querySelector("video");
            video.currentTime = 0.5;
            await new Promise((done) => video.addEventListener("seeked", done, { once: true }));
            const canvas = document.createElement("canvas");
            const drawing = canvas.getContext("2d");
            drawing.drawImage(video, 0, 0);
            return [...drawing.getImageData(4, 4, 1, 1).data].slice(0, 3);
        }"""
    )
    return found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_admin_orders_a_render_and_watches_it(
    farm: WholeFarm, visitor: Visitor, axe: Path, language: Language
) -> None:
    visitor.expected = (422,)
    project = await uploaded(farm)
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see(f"/admin/projects/{project}")
    await page.locator('a[href$="/order"]').click()
    await page.fill('[name="v.0.t1"]', "سلام دنیا")
    await page.fill('[name="color.background"]', "#00ff00")
    await page.set_input_files('[name="v.1.m1"] + .send input', DEMO.with_name("picture.png"))
    await expect(page.locator('[name="v.1.m1"] option:checked')).to_contain_text("picture.png")
    await page.fill('[name="frames"]', "۰-۲۴")
    await page.fill('[name="output.width"]', "4000")
    await page.fill('[name="output.height"]', "100")
    await visitor.keep(f"order-{language}")
    assert await visitor.serious(axe) == []
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await too_wide(visitor) <= 0
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.locator("form.order button.main").click()
    # What is refused stays as it was typed, and the fault leads to its field.
    await page.locator("#faults a").click()
    await expect(page.locator('[name="output.width"]')).to_be_focused()
    await expect(page.locator('[name="v.0.t1"]')).to_have_value("سلام دنیا")
    assert await visitor.serious(axe) == []
    await page.fill('[name="output.width"]', "")
    await page.fill('[name="output.height"]', "")
    await page.locator("form.order button.main").click()
    # Nobody touches the page: state, buttons and video come by themselves.
    await expect(page.locator("#job .job-done")).to_have_text(DONE[language])
    await expect(page.locator('#job-acts form[action$="/again"]')).to_be_visible()
    await expect(page.locator("video")).to_have_js_property("error", None)
    red, green, blue = await pixel(visitor)
    assert green > 150, "the colour of the form is in the video"
    assert max(red, blue) < 100, "the colour of the form is in the video"
    await expect(page.locator("svg.strip rect.frame-done")).to_have_count(1)
    await visitor.keep(f"job-{language}")
    assert await visitor.serious(axe) == []
    await page.locator('a[href*="/log/"]').first.click()
    await expect(page.locator("#log")).to_contain_text("PROGRESS")
    await page.fill("#log-search", "finished composition")
    await expect(page.locator("#log mark")).to_have_count(1)
    await visitor.keep(f"log-{language}")
    assert await visitor.serious(axe) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_admin_cancels_a_render_and_is_asked_before(
    farm: WholeFarm, visitor: Visitor, language: Language
) -> None:
    job = await order(farm)
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see(f"/admin/jobs/{job.id}")
    await page.locator("form[data-confirm] button.danger").click()
    await page.locator("#confirm button[value=no]").click()
    await expect(page.locator("#confirm")).not_to_be_visible()
    await page.locator("form[data-confirm] button.danger").click()
    await page.locator("#confirm button[value=yes]").click()
    await expect(page.locator(".pill.job-cancelled").first).to_have_text(CANCELLED[language])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_admin_drains_a_node_and_reads_its_health(
    visitor: Visitor, axe: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see("/admin/nodes?q=e2e")
    await page.locator("tbody a").first.click()
    await expect(page.locator("#node-head .pill")).to_have_text(ONLINE[language])
    await page.locator("form:has(input[value=drain]) button").click()
    await page.locator("#confirm button[value=yes]").click()
    await expect(page.locator("#node-head .pill")).to_have_text(DRAINING[language])
    await expect(page.locator(".chart canvas").first).to_be_visible()
    await visitor.keep(f"node-{language}")
    assert await visitor.serious(axe) == []
    await page.locator("form.inline:has(input[value=resume]) button:not(.plain)").click()
    await expect(page.locator("#node-head .pill")).to_have_text(ONLINE[language])


async def test_a_token_for_a_new_node_is_shown_once(visitor: Visitor) -> None:
    await visitor.sign_in()
    page = visitor.page
    await visitor.see("/admin/nodes")
    await page.locator('form[action="/admin/nodes/enrol"] button').click()
    token = await page.locator("#token").input_value()
    assert token.startswith("fr_enrol_")
    await visitor.see("/admin/nodes")
    assert token not in await page.content()


async def test_everything_is_reached_by_the_keyboard(visitor: Visitor) -> None:
    await visitor.sign_in()
    page = visitor.page
    await visitor.see("/admin")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        seen.add(await page.evaluate("document.activeElement.getAttribute('href')"))
    assert {"/admin/nodes", "/admin/jobs", "/admin/account"} <= seen
    await page.locator('a[href="/admin/nodes"]').first.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/nodes")


async def test_a_phone_shows_every_page_without_scrolling_sideways(visitor: Visitor) -> None:
    await visitor.sign_in(language="fa")
    await visitor.page.set_viewport_size({"width": 360, "height": 740})
    for path in SEEN:
        await visitor.see(f"/admin{path}", f"{name_of(path)}-phone")
        assert await too_wide(visitor) <= 0, path
