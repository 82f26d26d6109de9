"""Before the engine starts: the fonts of the tenant and of the bundle, installed and told of."""

from __future__ import annotations

import asyncio
import time

from node_agent.errors import Refused, RetryLater, broken
from node_agent.fonts.installed import Tried, font_files
from node_agent.runner.context import Attempt
from orchestrator.wire.base import Empty
from orchestrator.wire.content.fonts import NodeFont, NodeFontsReport
from orchestrator.wire.failures import FailureClass

TELL_S = 5
MOST_BUNDLED = 200
"""Fonts of a bundle that are installed, as many as the farm lists of it."""


async def install_fonts(attempt: Attempt) -> None:
    """Install what the attempt brought; the preview engine reads its folders by itself.

    Raises NodeBroken when a font cannot be installed here, TaskBroken when the tenant's own font
    is none to this system. What a bundle brings beside the fonts it needs is its designer's: a
    text whose font is missing in the end is found by name before it is rendered.
    """
    folder, tools = attempt.folder, attempt.tools
    if attempt.grant.engine == "preview":
        return
    own = await asyncio.to_thread(font_files, folder.fonts)
    bundled = (await asyncio.to_thread(font_files, folder.bundle))[:MOST_BUNDLED]
    if not own and not bundled:
        return
    with attempt.timed("fonts"):
        tried = await asyncio.to_thread(tools.fonts.install, [*own, *bundled], time.time())
    await _tell(attempt, tried[: len(own)])
    for number, (path, one) in enumerate(zip([*own, *bundled], tried, strict=True)):
        if one.problem is None:
            continue
        if not one.refused:
            raise broken(
                FailureClass.NODE,
                "font_not_installed",
                f"The font {path.name} cannot be installed on this node ({one.problem}).",
            )
        if number < len(own):
            raise broken(
                FailureClass.ASSET,
                "font_refused",
                f"The font {path.name} is none to this node's system ({one.problem}). "
                "Export it anew and upload that.",
            )
        attempt.reporter.log([f"The bundle's font {path.name} is left out ({one.problem})."])


async def _tell(attempt: Attempt, tried: list[Tried]) -> None:
    """Let the farm know; a farm that does not hear it now hears it with the next task."""
    fonts = tuple(
        NodeFont(
            sha256=one.sha256,
            state="installed" if one.problem is None else "failed",
            message=one.problem,
        )
        for one in tried[:200]
    )
    if not fonts:
        return
    try:
        report = NodeFontsReport(fonts=fonts)
        await attempt.tools.client.call("/v1/agent/fonts", report, Empty, patience_s=TELL_S)
    except (RetryLater, Refused) as error:
        attempt.reporter.log([f"The farm did not hear of the fonts ({error})."])
