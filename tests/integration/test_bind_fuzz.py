"""Whatever a client writes arrives in the project as it is and never becomes script."""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.bind_job import BindJob, add_text, new_project, scene, value

LAYERS = 40
# Several strings to a layer, because writing a layer costs more than reading a string.
STRINGS_IN_A_LAYER = 50
ALPHABET = (
    "\"'\\/\n\r\t \u2028\u2029\u200f\u200e\u202e\u2066\ufeff\u007f{}[]();:,.$<>&|+-*`"
    "aZ09_سلامیکپ\u200c؟۱۲😀é漢"
)
FRAGMENTS = (
    '");app.quit();("', "*/ alert(1) /*", "${alert(1)}", "\\u0022", "#include 'x.jsx'",
    "'+$.evalFile(new File('x'))+'", "%22%0A", "\\", "undefined", "[object File]", "__proto__",
)  # fmt: skip


def strings(seed: int, count: int) -> list[str]:
    """Give the same hostile strings on every run."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        parts = draw.choices(ALPHABET, k=draw.randint(1, 24))
        if draw.random() < 0.4:
            parts.insert(draw.randint(0, len(parts)), draw.choice(FRAGMENTS))
        found.append("".join(parts))
    return found


def test_hostile_texts_arrive_exactly(tmp_path: Path, long_run: bool) -> None:
    rounds = 50 if long_run else 1
    job = BindJob(tmp_path / "job")
    project, final = new_project()
    for number in range(1, LAYERS + 1):
        add_text(final, f"frl_c1t{number}", "x")
    job.prepare(project)

    for number in range(rounds):
        texts = [
            "|".join(strings(number * LAYERS + place, STRINGS_IN_A_LAYER))
            for place in range(LAYERS)
        ]
        values = [value(f"t{place}", text) for place, text in enumerate(texts, start=1)]
        result = job.run({"scenes": [scene("c1", *values)]})

        bound = job.bound()
        comp = next(comp for comp in bound.compositions if comp.name == "frfinal")
        kept = {
            layer.name: layer.text.property("ADBE Text Document").value.text
            for layer in comp.layers
        }
        assert result.ok, result.errors[:3]
        for place, text in enumerate(texts, start=1):
            expected = text.replace("\r\n", "\n").replace("\r", "\n")
            assert kept[f"frl_c1t{place}"] == expected
    assert job.said == []
