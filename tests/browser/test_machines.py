"""A machine joins the farm by the page's token, a webhook is made, a person is let in."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from playwright.async_api import expect

from orchestrator.cli.farm import Child
from tests.browser.visitor import Language, Visitor
from tests.support.commands import own_home
from tests.support.people import PASSWORD
from tests.support.whole_farm import PYTHON, WholeFarm

ONLINE = {"en": "Online", "fa": "برخط"}
RETIRED = {"en": "Retired", "fa": "بازنشسته"}
FORBIDDEN = {"en": "You may not do this", "fa": "اجازهٔ این کار را ندارید"}
TENANT = "/admin/tenants/00000000-0000-0000-0000-000000000001"


def agent_of(farm: WholeFarm, data: Path, name: str, lines: str) -> Child:
    """Prepare an agent of its own by the very lines that the page shows to be copied."""
    _install, token, _check, run = (shlex.split(line) for line in lines.splitlines())
    variable, _, value = token[1].partition("=")
    assert token[0] == "export"
    assert run[0] == ".venv/bin/flatrender-agent"
    assert run[-1] == farm.url
    own = own_home(data) | {variable: value, "FLATRENDER_AGENT_NAME": name}
    command = (*PYTHON, "node_agent", *run[1:], "--preview", "--with-parent")
    return Child("node agent", command, data / "agent.log", {**os.environ, **own})


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_machine_joins_by_the_pages_token_and_is_retired(
    farm: WholeFarm, visitor: Visitor, tmp_path: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see("/admin/nodes")
    await page.locator('form[action="/admin/nodes/enrol"] button').click()
    await visitor.keep(f"enrolment-{language}")
    name = f"second-{language}"
    agent = agent_of(farm, tmp_path, name, await page.inner_text("#on-others"))
    agent.spawn()
    try:
        await visitor.see(f"/admin/nodes?q={name}")
        # The page finds the new node by itself.
        await expect(page.locator("tbody tr")).to_have_count(1)
        await page.locator("tbody a").first.click()
        await expect(page.locator("#node-head .pill")).to_have_text(ONLINE[language])
        await page.locator("form:has(input[value=retire]) button").click()
        await page.locator("#confirm button[value=yes]").click()
        await expect(page.locator("#node-head .pill")).to_have_text(RETIRED[language])
    finally:
        await agent.stop()


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_webhook_is_made_tested_and_paused(
    visitor: Visitor, axe: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see(TENANT)
    await page.locator("summary", has=page.locator("xpath=../form//input[@name='url']")).click()
    await page.fill("input[name=url]", f"https://example.com/{language}")
    await page.locator('form[action$="/webhooks"] button.main').click()
    await expect(page.locator("input[readonly]")).not_to_have_value("")
    assert await visitor.serious(axe) == []
    await visitor.see(TENANT)
    await page.locator('a[href*="/webhooks/"]').first.click()
    await visitor.keep(f"webhook-{language}")
    assert await visitor.serious(axe) == []
    await page.locator('form[action$="/pause"] button').click()
    await expect(page.locator('form[action$="/resume"]').first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_person_is_let_in_signs_in_and_is_let_out(
    visitor: Visitor, language: Language
) -> None:
    visitor.expected, email = (403,), f"leila-{language}@example.com"
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see("/admin/people")
    await page.fill("section form input[name=email]", email)
    await page.fill("section form input[name=password]", PASSWORD)
    await page.locator("section form button.main").click()
    await expect(page.locator(".notice")).to_contain_text(email)
    await page.locator("form[action='/admin/sign-out'] button").click()
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", PASSWORD)
    await page.press("input[name=password]", "Enter")
    await page.wait_for_url("**/admin")
    await visitor.see("/admin/people")
    await expect(page.locator("h1")).to_have_text(FORBIDDEN[language])
    await visitor.see("/admin/nodes")
    await expect(page.locator('form[action="/admin/nodes/enrol"]')).to_have_count(0)


TYPED = {"en": ("12", "20", "70", "35"), "fa": ("۱۲", "۲۰", "۷۰", "۳۵")}
SHOWN = {
    "en": ("at most 15 seconds", "70 seconds", "35"),
    "fa": ("حداکثر ۱۵ ثانیه", "۷۰ ثانیه", "۳۵"),
}


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_settings_are_changed_refused_asked_about_and_taken_back(
    visitor: Visitor, axe: Path, language: Language
) -> None:
    visitor.expected = (422,)
    attempts, late, lease, beat = TYPED[language]
    most, longer, shown = SHOWN[language]
    await visitor.sign_in(language=language)
    page = visitor.page
    await visitor.see("/admin/settings")
    await page.fill("#value-max_attempts", attempts)
    await page.press("#value-max_attempts", "Enter")
    await expect(page.locator(".notice.good")).to_contain_text(attempts)
    await page.locator(".notice button").click()
    await expect(page.locator("#value-max_attempts")).to_have_value(
        "3" if language == "en" else "۳"
    )
    await page.fill("#value-heartbeat_s", late)
    await page.press("#value-heartbeat_s", "Enter")
    await expect(page.locator("#wrong-heartbeat_s")).to_contain_text(most)
    await expect(page.locator("#value-heartbeat_s")).to_have_value(late)
    assert await visitor.serious(axe) == []
    # A lease that is longer needs no question; a shorter one does.
    await page.fill("#value-lease_ttl_s", lease)
    await page.fill("#value-heartbeat_s", beat)
    await page.press("#value-heartbeat_s", "Enter")
    await expect(page.locator(".notice.good")).to_contain_text(longer)
    await expect(page.locator("#value-heartbeat_s")).to_have_value(shown)
    await visitor.keep(f"settings-changed-{language}")
    await page.locator("button[form=default-heartbeat_s]").press("Enter")
    await expect(page.locator(".notice.good")).to_be_visible()
    await expect(page.locator("button[form=default-heartbeat_s]")).to_have_count(0)
    await page.locator("button[form=default-lease_ttl_s]").press("Enter")
    await expect(page.locator("dl .new")).to_be_visible()
    await visitor.keep(f"settings-sure-{language}")
    assert await visitor.serious(axe) == []
    await page.locator("button.danger:visible").click()
    await expect(page.locator("button[form^=default-]")).to_have_count(0)


async def test_a_part_that_fails_says_so_is_tried_again_and_the_page_lives_on(
    visitor: Visitor,
) -> None:
    visitor.expected = (503,)
    await visitor.sign_in()
    page = visitor.page
    await visitor.see("/admin/nodes")
    asked = re.compile(r"/admin/nodes\?part=")
    broken = "<p>no part of ours</p>"
    await page.route(asked, lambda one: one.fulfill(status=503, body=broken))
    # The page loads its parts anew when the line is back.
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.locator("[data-failed]")).to_have_count(1)
    await expect(page.locator("#nodes")).to_have_count(1)
    await expect(page.locator("body")).not_to_contain_text("no part of ours")
    await page.unroute(asked)
    # Should the page try by itself at this very moment, the button is gone: it did the same.
    await page.evaluate("document.querySelector('[data-failed] button')?.click()")
    await expect(page.locator("[data-failed]")).to_have_count(0)
    await expect(page.locator("#nodes")).to_have_count(1)


async def test_many_at_once_ask_with_their_number_and_are_taken_back(visitor: Visitor) -> None:
    await visitor.sign_in()
    page = visitor.page
    await visitor.see("/admin/nodes?state=online")
    await page.locator("tbody input[name=node]").first.check()
    await page.locator("form#move button").last.click()
    await expect(page.locator("#confirm-text")).to_contain_text("Drain · 1")
    await page.locator("#confirm button[value=yes]").click()
    undo = page.locator(".notice form button")
    await expect(undo).to_be_visible()
    await undo.click()
    await expect(page.locator(".notice")).to_contain_text("may take work again")
