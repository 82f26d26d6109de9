"""The command line says what comes out and what is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.output.wanted import audio_of, file_for, output_of
from orchestrator.cli.problems import CliError
from orchestrator.client import FarmClient
from orchestrator.wire.base import Fps
from orchestrator.wire.media.output import OutputSpec


def test_every_wish_for_the_video_is_understood() -> None:
    words = ("format=mov", "alpha=true", "fps=30000/1001", "size=640x", "quality=high")
    assert output_of(words, None) == OutputSpec(
        container="mov", alpha=True, fps=Fps(num=30000, den=1001), width=640, quality="high"
    )
    assert output_of(("container=webm,alpha=true", "fps=25"), None) == OutputSpec(
        container="webm", alpha=True, fps=Fps(num=25)
    )
    more = ("codec=h265", "aspect=1:1", "fit=pad", "size=x360", "fps=25")
    assert output_of(more, None) == OutputSpec(
        codec="h265", aspect="1:1", fit="pad", height=360, fps=Fps(num=25)
    )


@pytest.mark.parametrize(
    ("out", "container"),
    [("a.mov", "mov"), ("a.WEBM", "webm"), ("a.gif", "gif"), ("a.zip", "png"), ("a", "mp4"),
     ("a.mp4", "mp4"), ("a.xyz", "mp4")],
)  # fmt: skip
def test_the_ending_of_the_file_names_the_format(out: str, container: str) -> None:
    assert output_of((), Path(out)).container == container
    assert output_of(("format=gif",), Path(out)).container == "gif"
    assert file_for(Path(out), OutputSpec()) == Path(out)


def test_without_a_file_it_is_called_render() -> None:
    assert file_for(None, output_of(("format=zip",), None)) == Path("render.zip")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("alpha", "write key=value"),
        ("alpha=maybe", "is not understood; write format=mov"),
        ("size=big", "is not understood"),
        ("size=x", "is not understood"),
        ("fps=fast", "is not understood"),
        ("depth=8", "is not understood"),
        ("format=avi", "--output format=avi: Input should be 'mp4'"),
        ("format=mov quality=high", "--output format=mov quality=high: Input should be 'mp4'"),
        ("size=2x2", "width=2: Input should be greater than or equal to 4"),
    ],
)
def test_a_wish_that_is_not_understood_says_what_to_write(word: str, told: str) -> None:
    with pytest.raises(CliError, match=told):
        output_of((word,), None)


async def test_sounds_have_volumes_and_problems_are_named() -> None:
    client = FarmClient("http://127.0.0.1:9", "key")
    made = await audio_of(client, ("template=0.5", "loudness=-14"))
    assert (made.template_volume, made.loudness_lufs, made.music) == (0.5, -14, None)
    for word, told in (
        ("music=nowhere.wav@0.5", "there is no file nowhere.wav"),
        ("drums=a.wav", "knows music, sfx, voiceover"),
        ("template=loud", "--audio template is a number, not 'loud'"),
        ("template=9", "--audio template=9.0: Input should be less than or equal to 4"),
        ("music", "write key=value"),
    ):
        with pytest.raises(CliError, match=told):
            await audio_of(client, (word,))
