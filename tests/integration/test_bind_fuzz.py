"""Whatever a client writes arrives in the project as it is and never becomes script."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.support.bind_job import BindJob, add_text, new_project, scene, value

LAYERS = 20
# Several strings to a layer, because writing a layer costs more than reading a string.
STRINGS_IN_A_LAYER = 100
LONGEST = 20_000
ALPHABET = (
    "\"'\\/\n\r\t \u2028\u2029\u200f\u200e\u202e\u2066\u2069\ufeff\u007f\u0085\u00a0{}[]();:,.$<>&|"
    "+-*`%#@!?=~^aZ09_سلامیکپ\u200c\u064b؟۱۲😀é漢\U0010ffff\ue000\ufffd\ufffe\uffff"
    + "".join(map(chr, range(1, 32)))
)
FRAGMENTS = (
    '");system.callSystem("touch pwned");("', "');app.quit();('", "*/ alert(1) /*", "${alert(1)}",
    "</script><script>alert(1)</script>", "<!--", "]]>", "\\u0022+alert(1)+\\u0022", "\\", "\\\\",
    "'+$.evalFile(new File('pwned'))+'", "\"+$.writeln('pwned')+\"", "`${$.writeln('pwned')}`",
    "#include 'pwned.jsx'", "#target aftereffects\n", '@include "pwned.jsx"', "%22%0A%5C",
    "undefined", "null", "NaN", "[object File]", "__proto__", "constructor", "\\ud800", "\\x00",
    "eval('$.writeln(1)')", "new File('pwned').open('w')", "\u2028$.writeln('pwned')\u2028//",
    "\r\n\r\n", "\n\r", "}}}]]]", '{"run": {}}', "/*", "//", "on", "true", "1e999",
)  # fmt: skip


def strings(seed: int, count: int) -> list[str]:
    """Give the same hostile strings on every run; some of them are long."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        parts = draw.choices(ALPHABET, k=draw.randint(1, 24))
        if draw.random() < 0.5:
            parts.insert(draw.randint(0, len(parts)), draw.choice(FRAGMENTS))
        if number == 0 and seed % 16 == 0:
            parts += draw.choices(ALPHABET, k=8_000)
        found.append("".join(parts))
    return found


def texts_of(project: Any) -> dict[str, str]:
    comp = next(comp for comp in project.compositions if comp.name == "frfinal")
    return {
        layer.name: layer.text.property("ADBE Text Document").value.text for layer in comp.layers
    }


def assert_nothing_ran(job: BindJob, files: set[Path]) -> None:
    assert job.session is not None
    assert (job.said, job.session.app.dialogs, job.session.app.exit_code) == ([], [], 0)
    made = {path for path in job.folder.rglob("*") if "script" not in path.parts} - files
    assert {path.name for path in made} <= {"bound.aep", "bind_result.json"}
    assert not Path("pwned").exists()


def test_hostile_texts_arrive_exactly_and_run_nothing(tmp_path: Path, long_run: bool) -> None:
    job = BindJob(tmp_path / "job")
    project, final = new_project()
    for number in range(1, LAYERS + 1):
        add_text(final, f"frl_c1t{number}", "x")
    job.prepare(project)
    job.run({})
    files = set(job.folder.rglob("*"))

    for number in range(50 if long_run else 1):
        texts = [
            "|".join(strings(number * LAYERS + place, STRINGS_IN_A_LAYER))[:LONGEST]
            for place in range(LAYERS)
        ]
        values = [value(f"t{place}", text) for place, text in enumerate(texts, start=1)]
        result = job.run({"scenes": [scene("c1", *values)]})

        assert result.ok, result.errors[:3]
        kept = texts_of(job.bound())
        for place, text in enumerate(texts, start=1):
            expected = text.replace("\r\n", "\n").replace("\r", "\n")
            assert kept[f"frl_c1t{place}"] == expected
    assert_nothing_ran(job, files)


def test_hostile_numbers_switches_and_colours_are_refused_one_by_one(tmp_path: Path) -> None:
    job = BindJob(tmp_path / "job")
    project, final = new_project()
    kinds = {"number": "Slider", "checkbox": "Checkbox", "dropdown": "Dropdown", "color": "Color"}
    for kind, effect in kinds.items():
        final.add_solid([1, 0, 0], f"frd_{kind}").effects.add_property(f"ADBE {effect} Control")
    job.prepare(project)
    files = set(job.folder.rglob("*")) | {job.folder / "home"}
    every = [text for text in (*strings(7, 300), *FRAGMENTS) if text.strip() not in ("true", "1")]
    values = [value(kind, text, kind) for kind in kinds for text in every]

    result = job.run({"scenes": [scene("c1", *values)]})

    assert {error.code for error in result.errors} == {"value_refused"}
    assert [error.key for error in result.errors] == [one["key"] for one in values]
    assert result.applied == ()
    assert_nothing_ran(job, files | {*(job.folder / "home").rglob("*")})
