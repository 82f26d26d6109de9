"""A person at a browser: signs in, looks at pages, keeps pictures of them, notes every fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Request, Response

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


@dataclass
class Visitor:
    """Be one browser window; `faults` are errors, `elsewhere` what was asked of other hosts."""

    farm: WholeFarm
    page: Page
    faults: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    expected: tuple[int | str, ...] = ()
    """Codes, or words of messages, that a test asks for on purpose."""

    @classmethod
    @asynccontextmanager
    async def opened(cls, browser: Browser, farm: WholeFarm) -> AsyncIterator[Visitor]:
        """Open a window of its own, with its own cookies."""
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        page.set_default_timeout(30_000)
        one = cls(farm, page)
        page.on("pageerror", lambda error: one.faults.append(str(error)))
        page.on("console", lambda line: one._heard(line.type, line.text))
        page.on("request", one._asked)
        page.on("response", one._answered)
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
        if kind == "error" and not any(str(code) in text for code in self.expected):
            self.faults.append(text)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws"} and not self.farm.url.endswith(parts.netloc):
            self.elsewhere.append(request.url)

    def _answered(self, answer: Response) -> None:
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
