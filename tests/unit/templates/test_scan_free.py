"""Without a convention every text, footage and colour control has an address."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator import aep
from orchestrator.core.templates import ChoiceNeeded, choose_comp, scan_project
from orchestrator.core.templates.scanning import ledger
from orchestrator.wire.scan import ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def scan(*comps: CompSpec, extra: tuple[bytes, ...] = ()) -> ScanResult:
    return scan_project(aep.read(rifx.comps(*comps, extra=extra)))


def addresses(result: ScanResult) -> dict[str, str]:
    return {f"{s.key}/{e.key}": e.kind for s in result.scenes for e in s.elements}


def test_texts_footage_and_colour_controls_reachable_from_the_final_comp_are_fields() -> None:
    inner = CompSpec("inner", (LayerSpec("headline", text="x"), LayerSpec("", source_id=9)))
    control = LayerSpec("ctrl", effects=(rifx.color_control("main", (1, 2, 3)),))
    outer = CompSpec("outer", (LayerSpec(source_id=1), control, LayerSpec("s", source_id=8)))
    unused = CompSpec("frshare", (LayerSpec("no", text="y"),))
    extra = (rifx.footage(9, "/x/pic.png"), rifx.solid(8, "red"))
    result = scan(inner, outer, unused, extra=extra)
    assert result.final_comp == "outer"
    assert addresses(result) == {
        "inner/headline": "text",
        "inner/pic.png": "media",
        "outer/ctrl/main": "color",
    }
    assert [item.path for item in result.footage] == ["/x/pic.png"]


def test_an_address_that_means_two_things_is_no_field_and_is_listed() -> None:
    layers = tuple(LayerSpec(name, text="x") for name in ("a", "a", "A", "b"))
    result = scan(CompSpec("main", layers))
    assert addresses(result) == {"main/A": "text", "main/b": "text"}
    assert [(p.code, p.place) for p in result.problems] == [("address_ambiguous", "main/a")]


def test_what_an_expression_or_keyframes_drive_is_no_field() -> None:
    param = rifx.prop("ADBE Color Control-0001", (255.0, 1.0, 2.0, 3.0), "[1,0,0,1]")
    layers = (
        LayerSpec("clock", text="x", text_expression="timeToTimecode()"),
        LayerSpec("upper", text="x", text_expression="value.toUpperCase()"),
        LayerSpec("ctrl", effects=(rifx.effect("ADBE Color Control", "main", param),)),
    )
    assert addresses(scan(CompSpec("main", layers))) == {"main/upper": "text"}


def test_a_project_with_endless_fields_offers_the_first_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "MAX_FIELDS", 3)
    result = scan(CompSpec("main", tuple(LayerSpec(f"t{n}", text="x") for n in range(9))))
    assert list(addresses(result)) == ["main/t0", "main/t1", "main/t2"]
    assert [problem.code for problem in result.problems] == ["too_many_fields"]


def test_the_comp_is_frfinal_then_flatrender_then_the_only_root() -> None:
    plain = CompSpec("zzz")
    both = (plain, CompSpec("flatrender"), CompSpec("FrFinal"))
    fix = scan_project(aep.read(rifx.comps(*both)), mode="fix")
    assert choose_comp(fix).name == "FrFinal"
    assert choose_comp(scan(*both)).name == "flatrender"
    assert choose_comp(scan(plain, CompSpec("flatrender"))).name == "flatrender"
    nested = CompSpec("root", (LayerSpec(source_id=1),))
    assert choose_comp(scan(plain, nested, CompSpec("frshare"), CompSpec("all"))).name == "root"
    assert choose_comp(scan(plain, nested), "zzz").name == "zzz"
    assert choose_comp(scan(plain, nested), "ROOT").name == "root"


def test_a_choice_that_is_needed_lists_the_comps() -> None:
    two = scan(CompSpec("one"), CompSpec("two"))
    with pytest.raises(ChoiceNeeded, match="'one', 'two'") as needed:
        choose_comp(two)
    assert (needed.value.code, needed.value.choices) == ("comp_choice", ("one", "two"))
    with pytest.raises(ChoiceNeeded, match="does not exist") as missing:
        choose_comp(two, "three")
    assert missing.value.code == "comp_missing"
    with pytest.raises(ChoiceNeeded, match="2 comps named") as double:
        choose_comp(scan(CompSpec("one"), CompSpec("one")), "one")
    assert double.value.code == "comp_ambiguous"
    with pytest.raises(ChoiceNeeded, match="no comp to render"):
        choose_comp(scan())
    with pytest.raises(ChoiceNeeded, match="no size, rate or length"):
        choose_comp(scan(CompSpec("one"), CompSpec("flat", width=0)), "flat")


def test_comps_that_use_each_other_in_a_ring_are_scanned_to_an_end() -> None:
    ring = CompSpec("a", (LayerSpec(source_id=2),)), CompSpec("b", (LayerSpec(source_id=1),))
    result = scan(*ring)
    assert result.final_comp is None
    assert [p.code for p in result.problems] == ["no_comp"]
    final = CompSpec("frfinal", (LayerSpec(source_id=1), LayerSpec("t", text="x")))
    assert addresses(scan(*ring, final, CompSpec("b", (LayerSpec(source_id=3),)))) == {
        "frfinal/t": "text"
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.text(max_size=40))
def test_any_names_and_texts_give_a_result_that_survives_json(names: list[str], body: str) -> None:
    clean = [name.encode("utf-8", "replace").decode() for name in names]
    layers = tuple(LayerSpec(name, text="x", cos_data=rifx.cos(body)) for name in clean)
    for comp in ("frfinal", clean[0]):
        result = scan(CompSpec(comp, layers))
        assert ScanResult.model_validate_json(result.model_dump_json()) == result


def test_every_sample_project_is_scanned_into_a_result_that_survives_json(samples: Path) -> None:
    for path in sorted(samples.glob("*.aep")):
        result = scan_project(aep.read(path))
        assert ScanResult.model_validate_json(result.model_dump_json()) == result, path.name


def seed(final: str, layer: str) -> bytes:
    """Write a project with a bit of everything a scan looks at."""
    layers = (
        LayerSpec(layer, text="a, b"),
        LayerSpec("frl_c1m1", source_id=9),
        LayerSpec("", source_id=2),
        LayerSpec("ctrl", effects=(rifx.color_control("main", (1, 2, 3)),)),
    )
    shared = CompSpec("frshare", (LayerSpec("accent", text="1,2,3,4"),))
    return rifx.comps(CompSpec(final, layers), shared, extra=(rifx.footage(9, "/x/pic.png"),))


@settings(max_examples=300, deadline=None)
@given(
    data=st.sampled_from([seed("frfinal", "frl_c1t1"), seed("main", "headline")]),
    rng=st.randoms(use_true_random=False),
    flips=st.integers(1, 10),
)
def test_a_damaged_project_is_refused_or_scanned_into_valid_json(
    data: bytes, rng: random.Random, flips: int
) -> None:
    damaged = bytearray(data)
    for _ in range(flips):
        value = rng.choice((0, 1, 4, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        damaged[rng.randrange(12, len(damaged))] = value
    try:
        project = aep.read(bytes(damaged))
    except aep.BadAep:
        return
    result = scan_project(project, files=["pic.png"])
    assert ScanResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize("rate", [Fraction(1, 60000), Fraction(65535), Fraction(60000123, 1000)])
def test_a_rate_that_no_comp_has_is_still_a_scan(rate: Fraction) -> None:
    result = scan(CompSpec("a", fps=rate))
    assert ScanResult.model_validate_json(result.model_dump_json()) == result


def test_a_comp_of_negative_length_or_endless_name_is_a_scan_that_cannot_be_rendered() -> None:
    result = scan(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="x"),)), CompSpec("n" * 201))
    with pytest.raises(ChoiceNeeded):
        choose_comp(result, "n" * 201)
    part = CompSpec("part", (LayerSpec("frl_c1t1", text="x"),), duration_s=-1)
    negative = scan(part, CompSpec("main", (LayerSpec("t", text="y"),), duration_s=-2))
    assert negative.scenes[0].duration_s == 0
    free = scan(CompSpec("main", (LayerSpec("t", text="y"),), duration_s=-2))
    assert free.final_comp is None
