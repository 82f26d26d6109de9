"""A person at a browser: signs in, looks at pages, keeps pictures of them, notes every fault."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from orchestrator.cli.admin.people import make_link_of
from tests.support.whole_farm import WholeFarm

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = Path(__file__).parents[2] / "out" / "pages"
POLICY = "Content-Security-Policy"
Language = Literal["en", "fa"]
PATIENCE_MS = 60_000
"""How long a step may take on a busy machine; what fails for good is rare enough to wait for."""


@dataclass
class Visitor:
    """Be one browser window; `faults` are errors, `elsewhere` what was asked of other hosts."""

    farm: WholeFarm
    page: Page
    faults: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    expected: tuple[int | str, ...] = ()
    """Codes, or words of messages, that a test asks for on purpose."""
    story: list[str] = field(default_factory=list)
    """What happened, for the last words of a test that fails."""

    @classmethod
    @asynccontextmanager
    async def opened(cls, browser: Browser, farm: WholeFarm) -> AsyncIterator[Visitor]:
        """Open a window of its own, with its own cookies."""
        # Colours that are still on their way to others would be measured half-way.
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        one = cls(farm, page)
        page.on("pageerror", lambda error: one.faults.append(str(error)))
        page.on("console", lambda line: one._heard(line.type, line.text))
        page.on("request", one._asked)
        page.on("response", one._answered)
        page.on("requestfailed", lambda lost: one.story.append(f"lost {lost.url} {lost.failure}"))
        page.on("framenavigated", lambda frame: one.story.append(f"at {frame.url}"))
        try:
            yield one
        finally:
            await context.close()

    async def sign_in(self, email: str = "sara@example.com", language: Language = "en") -> None:
        """Come in by a one-time link, and choose the language."""
        dsn = dsn_of(self.farm)
        token = await make_link_of(dsn, email, make=True)
        await self.page.goto(f"{self.farm.url}/admin/link#{token}")
        await self.page.wait_for_url("**/admin")
        if await self.page.evaluate("document.documentElement.lang") != language:
            await self.page.click(f".who button[lang={language}]")
            await self.page.wait_for_selector(f"html[lang={language}]")

    async def see(self, path: str, picture: str = "") -> None:
        """Load a page of ours and keep a picture of it."""
        await self.page.goto(self.farm.url + path)
        if picture:
            await self.keep(picture)

    async def keep(self, name: str) -> None:
        """Keep a picture of what is to be seen."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def last_words(self) -> str:
        """Tell what happened, should a test fail."""
        return "\n".join([f"now at {self.page.url}", *self.faults, *self.story[-100:]])

    async def seen_last(self, name: str) -> str:
        """Give the words of the page as it stands, and keep a picture of it."""
        try:
            async with asyncio.timeout(20):
                words = await self.page.inner_text("body")
                await self.keep(f"failed-{re.sub(r'[^a-z_0-9]+', '-', name)}")
        except (PlaywrightError, TimeoutError) as error:
            return f"the page does not answer: {error}"
        return f"{self.page.url} shows:\n{words}"

    async def serious(self, axe: Path) -> list[str]:
        """Let axe look at the page; give what it calls serious or critical."""
        if not await self.page.evaluate("Boolean(window.axe)"):
            await self.page.evaluate(self._script(axe))
        found: dict[str, Any] = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
        )
        return [
            f"{one['id']}: {node['html'][:160]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    @staticmethod
    def _script(path: Path) -> str:
        return path.read_text("utf-8")

    def _heard(self, kind: str, text: str) -> None:
        self.story.append(f"console {kind}: {text}")
        if kind == "error" and not any(str(code) in text for code in self.expected):
            self.faults.append(text)

    def _asked(self, request: Request) -> None:
        self.story.append(f"{request.method} {request.url}")
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws"} and not self.farm.url.endswith(parts.netloc):
            self.elsewhere.append(request.url)

    def _answered(self, answer: Response) -> None:
        self.story.append(f"{answer.status} {answer.url}")
        if answer.status >= 400 and answer.status not in self.expected:
            self.faults.append(f"{answer.status} {answer.url}")
        if answer.request.resource_type == "document":
            policy = answer.headers.get(POLICY.lower(), "")
            if "script-src 'self'" not in policy or "unsafe" in policy:
                self.faults.append(f"{answer.url} has the policy {policy!r}")


def dsn_of(farm: WholeFarm) -> str:
    """Give the farm's database, as its settings file names it."""
    text = (farm.data / "flatrender.toml").read_text("utf-8")
    return text.partition('database_url = "')[2].partition('"')[0]
