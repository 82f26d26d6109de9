"""The words of the command line about the video and its sound, apart so that help stays quick."""

from __future__ import annotations

from typing import Annotated

import typer

Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        help="format=mp4|mov|webm|gif|png, codec=h265, alpha=true, quality=draft|standard|high, "
        "fps=30000/1001, size=1280x720, aspect=1:1, fit=pad|crop. Again, or a comma, for more.",
    ),
]
Looks = Annotated[
    list[str] | None,
    typer.Option(
        "--look",
        metavar="KEY=NAME:VALUE,...",
        help="How a field of --set is shown: font:NAME, size:40, justify:center, direction:rtl of a"
        " text, fit:contain|cover|stretch|none of a picture.",
    ),
]
Audio = Annotated[
    list[str] | None,
    typer.Option(
        "--audio",
        help="music=FILE, sfx=FILE, voiceover=FILE, each with @VOLUME if it is not 1; template=0.5;"
        " loudness=-14. Again for more.",
    ),
]
