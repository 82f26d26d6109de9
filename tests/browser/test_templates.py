"""An uploaded project becomes a reviewed template in the browser, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Language, Visitor

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
    await expect(page.locator(".change-added")).to_have_count(13)
    await visitor.keep(f"review-{language}")
    assert await visitor.serious(axe) == []
    await page.click('form[action$="/review"] button.main')
    await expect(page.locator("td", has_text="c1")).to_be_visible()
    await visitor.keep(f"project-{language}")
    assert await visitor.serious(axe) == []
    await page.check("input[value=preview]")
    await page.click('form[action$="/scan"] button.main')
    await page.wait_for_url("**/admin/scans/*")
    await expect(page.locator("#scan [role=timer]")).to_be_visible()
    await expect(page.locator(".scan-succeeded")).to_be_visible(timeout=60_000)
    await visitor.keep(f"scan-{language}")
    assert await visitor.serious(axe) == []
    await page.click("#scan a.main")
    await expect(page.locator(".empty")).to_be_visible()


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
