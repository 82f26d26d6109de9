"""The command line says which scenes play, for how long, and with which values."""

from __future__ import annotations

from uuid import UUID

import pytest

from orchestrator.cli.problems import CliError
from orchestrator.cli.values import Wishes, order_of
from orchestrator.client import FarmClient
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene


def scan(mode: str = "flexible") -> ScanResult:
    def scene(key: str, *, shared: bool = False) -> ScanScene:
        field = ScanElement(key="title", kind="text", layer="frl_title", comp=key)
        return ScanScene(key=key, title=key, shared=shared, elements=(field,))

    return ScanResult(
        mode=mode,  # type: ignore[arg-type]
        mode_detected="flexible",
        mode_reason="r",
        ae_version="26",
        scenes=(scene("Intro"), scene("a#2"), scene("all", shared=True)),
    )


async def ordered(mode: str = "flexible", **wishes: object) -> RenderOrder:
    client = FarmClient("http://127.0.0.1:9", "key")
    return await order_of(client, UUID(int=1), scan(mode), Wishes(**wishes))  # type: ignore[arg-type]


def told(order: RenderOrder) -> list[tuple[str, float | None, list[object]]]:
    return [(s.key, s.duration_s, [v.value for v in s.values]) for s in order.scenes]


async def test_scenes_play_as_they_are_named_with_a_value_for_each_time() -> None:
    made = await ordered(
        scenes=("intro=2.5", "a#2", "Intro"),
        sets=("intro#1.title=one", "Intro#2/title=two", "a#2.title=x=y", "all.title=all"),
    )
    assert told(made)[0] == ("Intro", 2.5, ["one"])
    assert told(made)[2:] == [("Intro", None, ["two"]), ("all", None, ["all"])]


async def test_a_value_without_a_time_is_for_every_use() -> None:
    made = await ordered(scenes=("Intro", "Intro"), sets=("Intro.title=both",))
    assert told(made) == [("Intro", None, ["both"]), ("Intro", None, ["both"])]


async def test_without_scenes_all_of_the_template_play() -> None:
    made = await ordered(sets=("intro.title=x",))
    assert told(made) == [("Intro", None, ["x"]), ("a#2", None, [])]
    assert told(await ordered("fix", sets=("intro.title=x",))) == [("Intro", None, ["x"])]


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"scenes": ("Outro",)}, "There is no scene Outro. This template has: Intro, a#2, all"),
        ({"scenes": ("Intro=soon",)}, "no length; write Intro=2.5"),
        ({"scenes": ("Intro",), "sets": ("Intro#2.title=x",)}, "is played 1 times, not 2"),
    ],
)
async def test_what_cannot_be_played_is_told(wishes: dict[str, object], words: str) -> None:
    with pytest.raises(CliError, match=words):
        await ordered(**wishes)
