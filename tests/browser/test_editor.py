"""A scene is edited by hand in the browser: added to, tried with values, recoloured, reordered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.test_templates import made, uploaded
from tests.browser.visitor import Language, Visitor
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def picture(path: Path, *colors: str) -> Path:
    """Draw flat stripes, which are traced as they are."""
    image = Image.new("RGB", (32 * len(colors), 48))
    for place, color in enumerate(colors):
        image.paste(Image.new("RGB", (32, 48), color), (32 * place, 0))
    image.save(path)
    return path


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_person_adds_tries_and_reorders_by_hand(
    visitor: Visitor, axe: Path, tmp_path: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    page = visitor.page
    base = await uploaded(visitor, f"by hand {language}")
    await page.goto(base)
    await add_a_field(visitor, axe, language)
    await try_values(visitor, axe, language)
    await page.goto(base)
    await page.click("#scenes a >> nth=1")
    await try_a_picture(visitor, picture(tmp_path / "own.png", "#00ff00"), language)
    await page.goto(base)
    keys = page.locator("#scenes tbody tr td:nth-child(2)")
    first, second = await keys.nth(0).inner_text(), await keys.nth(1).inner_text()
    await page.locator("#scenes .grip").nth(1).drag_to(page.locator("#scenes tbody tr").nth(0))
    await expect(keys.nth(0)).to_have_text(second)
    await page.locator("#scenes .moves button").nth(1).focus()
    await page.keyboard.press("Enter")
    await expect(keys.nth(0)).to_have_text(first)
    await visitor.keep(f"scenes-{language}")


async def add_a_field(visitor: Visitor, axe: Path, language: Language) -> None:
    """Add a text to the first scene, be refused once, and find it opened in its list."""
    page = visitor.page
    visitor.expected = (422,)
    await page.click("#scenes a >> nth=0")
    await page.click("a[href*='/add/element']")
    assert await visitor.serious(axe) == []
    await page.fill("input[name=key]", "slogan")
    await page.fill("input[name=layer]", "frl_slogan")
    await page.fill("input[name=title]", "شعار")
    await page.fill("input[name=length_max]", "-3")
    await page.click("form[action$='/add/element'] button.main")
    wrong = page.locator("[aria-invalid=true]")
    await expect(wrong).to_be_focused()
    await expect(page.locator("input[name=title]")).to_have_value("شعار")
    await visitor.keep(f"refused-{language}")
    assert await visitor.serious(axe) == []
    await wrong.fill("30")
    await page.keyboard.press("Enter")
    await expect(page.locator(".editrow[open] summary")).to_contain_text("شعار")
    await page.locator(".editrow[open] button.danger").click()
    await expect(page.locator(".editrow", has_text="شعار")).to_have_count(0)
    await page.locator("main > .notice button").click()
    await expect(page.locator(".editrow", has_text="شعار")).to_have_count(1)


async def try_values(visitor: Visitor, axe: Path, language: Language) -> None:
    """Draw the scene with a text and a colour; both stay in the form."""
    page = visitor.page
    form = page.locator(".tryform")
    text, color = form.locator("textarea").first, form.locator("input[type=color]").first
    await text.fill("سلام دنیا")
    await color.fill("#12ab34")
    await form.locator("select[name=engine]").select_option("preview")
    await form.locator("button.main").click()
    await expect(page.locator("#try img.tried")).to_be_visible()
    await expect(text).to_have_value("سلام دنیا")
    await expect(color).to_have_value("#12ab34")
    await visitor.keep(f"tried-{language}")
    assert await visitor.serious(axe) == []


async def try_a_picture(visitor: Visitor, file: Path, language: Language) -> None:
    """Send a picture from the form and see the scene with it."""
    page = visitor.page
    form = page.locator(".tryform")
    await form.locator("input[type=file]").set_input_files(file)
    chosen = form.locator("select[data-kinds]")
    await expect(chosen).not_to_have_value("")
    await form.locator("select[name^='fit:']").select_option("stretch")
    await form.locator("select[name=engine]").select_option("preview")
    await form.locator("button.main").click()
    await expect(page.locator("#try img.tried")).to_be_visible()
    await expect(chosen).not_to_have_value("")
    await visitor.keep(f"tried-picture-{language}")


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_scenes_own_picture_takes_its_colours_as_they_are_chosen(
    visitor: Visitor, tmp_path: Path, language: Language
) -> None:
    await visitor.sign_in(language=language)
    page = visitor.page
    base = await made(visitor, f"colours {language}")
    await page.goto(base + "/colors")
    for key, value, path in (("accent", "#0f9b8e", "shared-colors"), ("scene", "", "scenes")):
        body = {"key": key, "value": value} if value else {"key": key}
        await call(visitor, f"{base.replace('/admin/', '/v1/')}/{path}", body)
    listed = await page.request.get(
        f"{base.replace('/admin/', '/v1/')}/scenes", headers=key_of(visitor)
    )
    (scene,) = (await listed.json())["data"]
    own = {"key": "glow", "layer": "frd_glow", "value": "#ff2020"}
    await call(visitor, f"{visitor.farm.url}/v1/scenes/{scene['id']}/colors", own)
    await page.reload()
    file = picture(tmp_path / "two.png", "#0f9b8e", "#ff2020")
    await page.set_input_files("form[data-trace] input[type=file]", file)
    await page.select_option("form[data-trace] select", "scene")
    await page.click("form[data-trace] button.main")
    await expect(page.locator("figure svg.picture")).to_be_visible()
    await page.goto(f"{base}/scenes/{scene['id']}")
    shown = page.locator("figure svg.picture")
    await expect(shown).to_be_visible()
    await page.fill(".tryform input[name='color:accent']", "#0000ff")
    await expect(shown.locator('path[fill="#0000ff"]')).not_to_have_count(0)
    await page.fill(".tryform input[name='value:glow']", "#00ffff")
    await expect(shown.locator('path[fill="#00ffff"]')).not_to_have_count(0)
    await expect(shown.locator('path[fill="#0000ff"]')).not_to_have_count(0)
    await visitor.keep(f"recoloured-{language}")


async def test_a_large_review_is_opened_scene_by_scene(visitor: Visitor, axe: Path) -> None:
    await visitor.sign_in()
    page = visitor.page
    base = await made(visitor, "large review")
    texts = [LayerSpec(f"frl_c{scene}t{n}", text="x") for scene in (1, 2) for n in range(1, 41)]
    file = {
        "name": "x.aep",
        "mimeType": "x/y",
        "buffer": rifx.comps(CompSpec("frfinal", (*texts,))),
    }
    bundle = base.replace("/admin/", "/v1/") + "/bundle"
    sent = await page.request.post(bundle, headers=key_of(visitor), multipart={"file": file})
    assert sent.status == 201, await sent.text()
    await page.reload()
    await page.click("form[data-scan] button.main")
    await page.wait_for_url("**/review")
    groups = page.locator(".group")
    await expect(groups).to_have_count(2)
    await expect(page.locator("input[name=pick]")).to_have_count(0)
    await groups.nth(0).locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=pick]")).to_have_count(41)
    await page.uncheck("input[name=pick] >> nth=3")
    await groups.nth(1).locator("input[name=whole]").uncheck()
    assert await visitor.serious(axe) == []
    await visitor.keep("review-large")
    await page.click("form[action$='/review'] button.main")
    await expect(page.locator("#scenes tbody tr")).to_have_count(1)
    await page.click("#scenes a >> nth=0")
    await expect(page.locator("[data-list] > .editrow")).to_have_count(39)


def key_of(visitor: Visitor) -> dict[str, str]:
    """Give the farm's key as a header."""
    return {"Authorization": f"Bearer {visitor.farm.key}"}


async def call(visitor: Visitor, address: str, body: dict[str, str]) -> None:
    """Make a row by the API."""
    answer = await visitor.page.request.post(address, headers=key_of(visitor), data=body)
    assert answer.status == 201, await answer.text()
