"""The full scan makes a result of whatever facts a node hands up, or says why it cannot."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.core.templates.full import NoFacts, full_scan
from orchestrator.wire.content.facts import ScanFacts

ODD = (None, True, -1, 0, 1e12, 2**31, 2**53, 1e308, "", "frl_c1t1", "x" * 5000, [], {}, 0.5,
       "سلام\u2028", "fix", "text", "color")  # fmt: skip


def layer(layer_id: int, name: str, **more: Any) -> dict[str, Any]:
    flags = ("audio_enabled", "guide", "null", "adjustment", "solo", "shy", "three_d", "time_remap")
    return {
        "id": layer_id, "name": name, "own_name": name, "kind": "text", "source_id": 0,
        "parent_id": 0, "start_s": 0, "in_s": 0, "out_s": 4, "stretch": 1, "enabled": True,
        **dict.fromkeys(flags, False),
        "text": {"text": "سلام", "font": "A", "fonts": ["A", "B"], "font_size": 40,
                 "justify": "right", "direction": "rtl", "composer": "latin", "digit_set": 0,
                 "box": None},
        "effects": [], "expressions": [], "markers": [{"time_s": 1, "comment": "fr_in"}],
        **more,
    }  # fmt: skip


def facts(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    comp = {
        "id": 1, "name": "frfinal", "width": 1280, "height": 720, "frame_rate": 29.97,
        "pixel_aspect": 1, "duration_s": 4, "display_start_s": 0, "markers": [],
        "layers": list(layers),
    }  # fmt: skip
    item = {
        "id": 9, "name": "frames", "kind": "sequence", "path": "a/frame_001.png", "width": 8,
        "height": 8, "duration_s": 2, "color": None, "missing": True,
    }  # fmt: skip
    project = {
        "bits_per_channel": 16, "working_space": None, "linear_blending": True,
        "footage": [item], "comps": [comp],
    }  # fmt: skip
    return {"version": 1, "ok": True, "engine_version": "24.6x2", "project": project,
            "expressions_checked": 1, "complete": True, **more}  # fmt: skip


def read(body: dict[str, Any]) -> ScanFacts:
    return ScanFacts.model_validate_json(json.dumps(body))


def effect(name: str) -> dict[str, Any]:
    return {"match_name": name, "name": "Glow", "enabled": True, "missing": True, "controls": []}


def test_rates_and_lengths_are_what_the_file_would_say() -> None:
    (comp,) = full_scan(read(facts(layer(1, "frl_c1t1")))).comps

    assert (comp.fps.num, comp.fps.den, comp.frames, comp.layers) == (30000, 1001, 120, 1)


def test_a_problem_stands_at_its_first_place_and_names_the_others() -> None:
    layers = [layer(n, f"frl_c1t{n}", effects=[effect("V Glow")]) for n in range(1, 9)]

    found = full_scan(read(facts(*layers, fonts_missing=["B", "B"])))

    assert found.full is not None
    assert (found.full.fonts_missing, found.full.effects_missing) == (("B",), ("V Glow",))
    told = {problem.code: problem for problem in found.problems}
    assert told["font_missing"].place == "frfinal/frl_c1t1"
    assert told["effect_missing"].place == "frfinal/frl_c1t1/Glow"
    assert told["effect_missing"].message.endswith(
        "(also at frfinal/frl_c1t2/Glow, frfinal/frl_c1t3/Glow, frfinal/frl_c1t4/Glow,"
        " frfinal/frl_c1t5/Glow and 3 more)"
    )
    assert told["footage_missing"].place == "frames"


def test_a_sequence_is_told_without_the_number_of_its_first_picture() -> None:
    shown = layer(1, "seq", kind="av", source_id=9, text=None)

    (item,) = full_scan(read(facts(shown))).footage

    assert (item.path, item.kind, item.missing) == ("a/frame_.png", "sequence", True)


def test_lists_of_what_expressions_gave_are_bounded() -> None:
    broken = {"path": ["ADBE Opacity"], "source": "x", "enabled": True, "property": "Opacity",
              "error": "no", "result": None}  # fmt: skip
    found = full_scan(read(facts(*(layer(n, f"a{n}", expressions=[broken] * 10)
                                   for n in range(200)))))  # fmt: skip

    assert found.full is not None
    assert len(found.full.expression_errors) == 1000
    assert len(found.problems) <= 1600


def test_facts_without_a_project_are_none() -> None:
    why = [{"code": "script_error", "place": "project", "message": "it does not open"}]
    with pytest.raises(NoFacts, match="it does not open"):
        full_scan(read(facts(ok=False, errors=why)))
    with pytest.raises(NoFacts, match="no reason"):
        full_scan(read(facts(project=None)))


def test_hostile_facts_give_a_result_or_are_refused(long_run: bool) -> None:
    expression = {"path": ["ADBE Opacity"], "source": "value", "enabled": True,
                  "property": "Opacity", "error": None, "result": "1"}  # fmt: skip
    plain = json.dumps(
        facts(layer(1, "frl_c1t1", expressions=[expression]), layer(2, "frd_maincolor"))
    )
    draw = random.Random(20261123)
    made = refused = 0
    for _ in range(20_000 if long_run else 1_000):
        body = json.loads(plain)
        for _ in range(draw.randint(1, 3)):
            _spoil(body, draw)
        try:
            found = read(body)
        except ValidationError:
            refused += 1
            continue
        try:
            full_scan(found, mode=draw.choice((None, "fix", "free", "flexible")))
        except NoFacts:
            continue
        made += 1
    assert made > 100
    assert refused > 100


def _spoil(node: Any, draw: random.Random) -> None:
    """Put an odd value in a random place of a document."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = draw.choice(keys)
        if isinstance(node[key], (dict, list)) and draw.random() < 0.9:
            node = node[key]
            continue
        kin = [value for value in ODD if type(value) is type(node[key])]
        node[key] = draw.choice(kin if kin and draw.random() < 0.8 else ODD)
        return
