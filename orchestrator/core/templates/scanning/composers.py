"""Finds texts that a Latin composer would set in a template with texts in Arabic script."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator import aep
from orchestrator.core.templates.scanning.ledger import Ledger
from orchestrator.core.templates.values import has_arabic


def check_composers(comps: Collection[aep.Comp], ledger: Ledger) -> None:
    """Report text fields, and texts in Arabic script, that have a Latin composer.

    Only in a template with such a text: its clients will write more of them.
    """
    texts = [
        (f"{comp.name}/{layer.name}", layer.text)
        for comp in comps
        for layer in comp.layers
        if layer.text is not None
    ]
    arabic = {place for place, text in texts if has_arabic(text.text)}
    if not arabic:
        return
    wanted = arabic | ledger.text_places()
    for place, text in texts:
        if text.composer == "latin" and place in wanted:
            ledger.problem(
                "latin_composer",
                place,
                "the template has texts in Arabic script, and this one is set by the Latin"
                " composer, which does not join letters; choose the universal composer in the"
                " paragraph panel",
            )
