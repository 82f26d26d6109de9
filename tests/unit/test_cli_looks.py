"""The command line says how a field is shown: --look, beside the value of --set."""

from __future__ import annotations

from uuid import UUID

import pytest

from orchestrator.cli.problems import CliError
from orchestrator.cli.values import Wishes, order_of
from orchestrator.client import FarmClient
from orchestrator.wire.renders import OrderValue
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene


async def ordered(*looks: str, sets: tuple[str, ...] = ("c1.t1=Hi",)) -> tuple[OrderValue, ...]:
    fields = tuple(
        ScanElement(key=key, kind="text", layer=key, comp="frfinal") for key in ("t1", "t2")
    )
    scan = ScanResult(
        mode="fix",
        mode_detected="fix",
        mode_reason="r",
        ae_version="26",
        scenes=(ScanScene(key="c1", title="c1", elements=fields),),
    )
    wishes = Wishes(sets=sets, looks=looks)
    order = await order_of(FarmClient("http://127.0.0.1:9", "key"), UUID(int=1), scan, wishes)
    return order.scenes[0].values


async def test_looks_go_with_the_value_of_their_field() -> None:
    first, second = await ordered(
        "c1.t1=font:Vazirmatn-Bold,size:40", "C1/T1=justify:center, direction:rtl",
        sets=("c1.t1=Hi", "t2=Ho"),
    )  # fmt: skip
    assert (first.font, first.size, first.justify, first.direction) == (
        "Vazirmatn-Bold", 40.0, "center", "rtl"
    )  # fmt: skip
    assert (second.font, second.size, second.fit) == (None, None, None)


@pytest.mark.parametrize(
    ("look", "words"),
    [
        ("size:40", "write scene.key=font:NAME"),
        ("c1.t1=bold", "there are font, size, justify, direction, fit"),
        ("c1.t1=size:", "'size:' is no look"),
        ("c1.t1=size:big", "'big' is no size"),
        ("c1.t1=size:nan", "c1.t1: size"),
        ("c1.t1=justify:middle", "c1.t1: justify"),
        ("c1.t9=size:4", "There is no field c1.t9"),
        ("c1.t2=size:4", "--look c1.t2 needs its value too"),
    ],
)
async def test_a_look_that_is_none_is_told(look: str, words: str) -> None:
    with pytest.raises(CliError) as told:
        await ordered(look)
    assert words in str(told.value)
