"""An uploaded project becomes a reviewed template in the browser, in both languages."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.visitor import PATIENCE_MS, Language, Visitor

DEMO = Path(__file__).parents[2] / "demo" / "template.zip"
TITLE = {"en": "Scan from After Effects", "fa": "اسکن از افترافکت"}


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_project_is_uploaded_scanned_reviewed_and_scanned_again(
    visitor: Visitor, axe: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see("/admin/projects", f"projects-{language}")
    assert await visitor.serious(axe) == []
    await page.fill("main form.stack input[name=name]", f"نوروز {language}")
    await page.click("main form.stack button.main")
    await page.set_input_files("input[type=file]", DEMO)
    await page.click("form[data-upload] button.main")
    await expect(page.locator("dl code").first).to_be_visible()
    await expect(page.get_by_role("heading", name=TITLE[language])).to_be_visible()
    await page.click('form[action$="/scan"] button.main')
    await page.wait_for_url("**/review")
    await expect(page.locator("td .change-added")).to_have_count(13)
    await visitor.keep(f"review-{language}")
    assert await visitor.serious(axe) == []
    await page.click('form[action$="/review"] button.main')
    await expect(page.locator("td", has_text="c1")).to_be_visible()
    await visitor.keep(f"project-{language}")
    assert await visitor.serious(axe) == []
    await edit_by_hand(visitor, axe, page.url, language)
    await page.check("input[value=preview]")
    await page.click('form[action$="/scan"] button.main')
    await page.wait_for_url("**/admin/scans/*")
    await expect(page.locator("#scan [role=timer]")).to_be_visible()
    await expect(page.locator(".scan-succeeded")).to_be_visible()
    await visitor.keep(f"scan-{language}")
    assert await visitor.serious(axe) == []
    await page.click("#scan a.main")
    for kept in ("#12ab34", "آغاز"):
        await expect(page.locator("tr.edited", has_text=kept)).to_be_visible()
    await visitor.keep(f"review-edited-{language}")
    assert await visitor.serious(axe) == []


async def edit_by_hand(visitor: Visitor, axe: Path, base: str, language: Language) -> None:
    """Change the title of a field and a shared colour in the editor, then come back."""
    page = visitor.page
    row = page.locator(".editrow").first
    title, color = row.locator("input[name=title]"), row.locator("input[data-key]")
    await page.click("#scenes a >> nth=0")
    await row.locator("summary").click()
    await title.fill("نام شما")
    await row.locator("button.main").click()
    await expect(page.locator("main > .notice")).to_contain_text("نام شما")
    await expect(title).to_be_visible()
    own = page.locator("form[action*='/rows/scene/']").first
    await own.locator("input[name=title]").fill("آغاز")
    await own.locator("button.main").click()
    await expect(page.locator("h1")).to_contain_text("آغاز")
    await visitor.keep(f"scene-{language}")
    assert await visitor.serious(axe) == []
    await page.goto(base + "/colors")
    await row.locator("summary").click()
    await color.fill("#12ab34")
    await row.locator("button.main").click()
    await expect(color).to_have_value("#12ab34")
    await expect(color).to_be_visible()
    await visitor.keep(f"colors-{language}")
    assert await visitor.serious(axe) == []
    await page.goto(base)


async def test_a_scene_is_seen_with_values_that_are_tried(visitor: Visitor, axe: Path) -> None:
    await visitor.sign_in()
    page = visitor.page
    base = await uploaded(visitor, "tried")
    await page.goto(base)
    await page.select_option("select[name=engine]", "preview")
    await page.click('form[action$="/pictures"] button')
    await expect(page.locator("#scenes img.thumb")).to_have_count(3)
    await visitor.keep("pictures")
    await page.click("#scenes a >> nth=0")
    await expect(page.locator("img.picture")).to_be_visible()
    await page.locator(".tryform textarea").first.fill("A word of mine")
    await page.select_option(".tryform select[name=engine]", "preview")
    await page.click(".tryform button.main")
    await expect(page.locator("#try img")).to_be_visible()
    await expect(page.locator(".tryform textarea").first).to_have_value("A word of mine")
    await visitor.keep("tried")
    assert await visitor.serious(axe) == []


async def test_a_traced_picture_takes_a_colour_as_it_is_chosen(
    visitor: Visitor, tmp_path: Path
) -> None:
    picture = tmp_path / "flat.png"
    image = Image.new("RGB", (64, 48), "#ffffff")
    image.paste(Image.new("RGB", (32, 48), "#0f9b8e"), (0, 0))
    image.save(picture)
    await visitor.sign_in()
    page = visitor.page
    base = await made(visitor, "traced")
    answer = await page.request.post(
        base.replace("/admin/", "/v1/") + "/shared-colors",
        headers={"Authorization": f"Bearer {visitor.farm.key}"},
        data={"key": "accent", "value": "#109080"},
    )
    assert answer.status == 201
    await page.goto(base + "/colors")
    await page.set_input_files("form[data-trace] input[type=file]", picture)
    await page.click("form[data-trace] button.main")
    shown = page.locator("figure svg.picture")
    await expect(shown).to_be_visible()
    await page.click("details:has(form[action*='/svg/']) > summary")
    await page.select_option("form[action*='/svg/'] select >> nth=0", index=1)
    await page.click("form[action*='/svg/'] button.main")
    await expect(shown).to_be_visible()
    await page.click(".editrow >> nth=0")
    await page.locator(".editrow input[data-key]").first.fill("#ff00ff")
    await expect(shown.locator('path[fill="#ff00ff"]')).not_to_have_count(0)
    await visitor.keep("traced")


async def test_a_large_upload_goes_on_after_a_reload(visitor: Visitor, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    shutil.copyfile(DEMO, large)
    with zipfile.ZipFile(large, "a") as out:
        out.writestr("(Footage)/ballast.bin", random.Random(1).randbytes(17 * 2**20))
    await visitor.sign_in()
    page = visitor.page
    base = await made(visitor, "large")
    put: list[str] = []
    page.on("request", lambda one: put.append(one.url) if one.method == "PUT" else None)
    await page.route("**/parts/2", lambda route: route.abort())
    visitor.expected = ("ERR_FAILED",)
    await page.set_input_files("input[type=file]", large)
    async with page.expect_event("requestfailed", timeout=PATIENCE_MS):
        await page.click("form[data-upload] button.main")
    await page.goto(base)
    # Only now: the page before would have tried again by itself.
    await page.unroute("**/parts/2")
    put.clear()
    await page.set_input_files("input[type=file]", large)
    await page.click("form[data-upload] button.main")
    await expect(page.locator("dl code").first).to_be_visible()
    assert [url.rpartition("/")[2] for url in put] == ["2", "3"]
    assert await page.evaluate("localStorage.length") == 0


async def made(visitor: Visitor, name: str) -> str:
    """Make a template without a file; give its page's address."""
    page = visitor.page
    await visitor.see("/admin/projects")
    await page.fill("main form.stack input[name=name]", name)
    await page.click("main form.stack button.main")
    await expect(page.locator("form[data-upload]")).to_be_visible()
    return page.url


async def uploaded(visitor: Visitor, name: str) -> str:
    """Make a template of the demo's file, scanned and taken over; give its page's address."""
    page = visitor.page
    base = await made(visitor, name)
    await page.set_input_files("input[type=file]", DEMO)
    await page.click("form[data-upload] button.main")
    await expect(page.locator("dl code").first).to_be_visible()
    await page.click('form[action$="/scan"] button.main')
    await page.wait_for_url("**/review")
    await page.click('form[action$="/review"] button.main')
    await expect(page.locator("#scenes a").first).to_be_visible()
    return base


async def test_what_the_guard_refuses_is_told(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expected = (400, 413, 422)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x05\x06" + bytes(18))
    await visitor.sign_in()
    page = visitor.page
    await visitor.see("/admin/projects")
    await page.fill("main form.stack input[name=name]", "bad")
    await page.click("main form.stack button.main")
    await page.set_input_files("input[type=file]", bad)
    await page.click("form[data-upload] button.main")
    await expect(page.locator("form[data-upload] [role=status]")).to_contain_text("not taken")
