"""What an order says beside its scenes: colours, controls, sound, the video that comes out, how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, get_args

from orchestrator.core.importing.rows import Row
from orchestrator.usecases.renders.offer import Offer, usual_engine
from orchestrator.web import catalogues
from orchestrator.web.catalogues import Locale
from orchestrator.web.inputs import Input, Sort, file_label
from orchestrator.web.views.ordering.draft import TRACKS
from orchestrator.wire.base import EngineKind, FieldProblem
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.media.output import FORMATS, Aspect, Fit, Quality
from orchestrator.wire.renders import Plan
from orchestrator.wire.resources import FileInfo
from orchestrator.wire.scan import ScanResult

RATES: Final = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
COMPS_MOST: Final = 500
CONTROLS: Final = 4
DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audio.template_volume": "1",
        **{f"audio.{track}.volume": "1" for track in TRACKS},
        "output.container": "mp4",
        "output.quality": "standard",
        "output.fit": "exact",
        "output.alpha": "false",
        "priority": "50",
    }
)
NAMES: Final = (
    *(f"output.{one}" for one in ("container", "codec", "quality", "alpha", "aspect", "fit")),
    *(f"output.{one}" for one in ("width", "height", "fps")),
    *("audio.template_volume", "audio.loudness_lufs"),
    *("engine", "plan", "comp", "frames", "duration_s", "priority"),
)
"""Inputs that are called as the part of the order is."""
Choices = Sequence[tuple[str, str]]
Pick = Callable[[str, Choices], Input]
_OWN = ("", "scenes.as_template")


class Plain:
    """Make the inputs, each with what was typed and with what is wrong with it."""

    def __init__(
        self,
        offer: Offer,
        texts: Mapping[str, str],
        wrong: Mapping[str, FieldProblem],
        files: Sequence[FileInfo],
        locale: Locale = "en",
    ) -> None:
        self._offer = offer
        self._locale = locale
        self._texts = texts
        self._wrong = wrong
        self._files = files

    def _input(
        self, name: str, sort: Sort, choices: Choices = (), start: str = "", **attributes: object
    ) -> Input:
        shown = self._texts.get(name, DEFAULTS.get(name, start))
        if sort == "choice" and shown not in dict(choices):
            choices = [*choices, (shown, shown)]
        label = "order." + name.rpartition(".")[2] if name[:6] == "audio." else f"order.{name}"
        wrong = self._wrong.get(name)
        return Input(name, sort, shown, label, choices, attributes, wrong=wrong)

    def every(self) -> list[Input]:
        """Give all of them, in the page's order."""
        tracks = [one for track in self.tracks().values() for one in track]
        return [
            *self.colors(),
            *self.controls(),
            *tracks,
            *self.mix(),
            *self.output(),
            *self.how(),
        ]

    def colors(self) -> list[Input]:
        """Give the shared colours, by their titles."""
        rows = {row.key: row for row in self._offer.listed("shared_color")}
        found = []
        for color in self._offer.scan.shared_colors:
            row, name = rows.get(color.key), f"color.{color.key}"
            shown = self._texts.get(name) or color_of_row(row, color.value)
            label = color.key if row is None else row.fields["title"] or color.key
            wrong = self._wrong.get(name)
            found.append(Input(name, "color", shown, label, named=True, wrong=wrong))
        return found

    def controls(self) -> list[Input]:
        """Give the shared controls, by their titles."""
        rows = {row.key: row for row in self._offer.listed("control")}
        found = []
        for control in self._offer.scan.controls:
            row, name = rows.get(control.key), f"control.{control.key}"
            words = [] if row is None else row.fields["options"]
            named = dict(enumerate(words))
            choices = [(str(one), named.get(one, str(one))) for one in range(CONTROLS)]
            own = control.value if row is None else row.fields["value"]
            label = control.key if row is None else row.fields["title"] or control.key
            shown, wrong = self._texts.get(name, str(own)), self._wrong.get(name)
            if shown not in dict(choices):
                choices.append((shown, shown))
            found.append(Input(name, "choice", shown, label, choices, named=True, wrong=wrong))
        return found

    def presets(self) -> Choices:
        """Give the colour presets: id and title."""
        return [(str(row.id), row.fields["title"]) for row in self._offer.listed("preset")]

    def tracks(self) -> dict[str, list[Input]]:
        """Give the inputs of each track of the client's own."""
        sounds = [(str(one.id), file_label(one)) for one in self._files if one.kind == "audio"]
        kept = [("", "order.no_file"), *sounds]
        loops = [("", "order.as_usual"), ("true", "app.yes_word"), ("false", "app.no_word")]
        found = {}
        for track in TRACKS:
            begin = f"audio.{track}."
            takes = {"data-kinds": "audio", "accept": "audio/*"}
            found[track] = [
                self._input(begin + "file_id", "file", kept, **takes),
                self._input(begin + "volume", "number"),
                self._input(begin + "fade_in_s", "number"),
                self._input(begin + "fade_out_s", "number"),
                self._input(begin + "loop", "choice", loops),
            ]
        return found

    def mix(self) -> list[Input]:
        """Give the inputs of the whole mix."""
        return [
            self._input("audio.template_volume", "number"),
            self._input("audio.loudness_lufs", "number"),
        ]

    def output(self) -> list[Input]:
        """Give the inputs of the video that comes out."""
        return [
            self._pick("container", [(one, f"container.{one}") for one in FORMATS]),
            self._pick("codec", [("", "order.usual"), ("h264", "H.264"), ("h265", "H.265")]),
            self._pick("quality", [(one, f"quality.{one}") for one in get_args(Quality)]),
            self._pick("alpha", [("false", "app.no_word"), ("true", "app.yes_word")]),
            self._pick("aspect", [_OWN, *((one, self._shape(one)) for one in get_args(Aspect))]),
            self._pick("fit", [(one, f"outfit.{one}") for one in get_args(Fit)]),
            self._input("output.width", "whole"),
            self._input("output.height", "whole"),
            self._pick("fps", [_OWN, *((one, self._rate(one)) for one in RATES)]),
        ]

    def _pick(self, name: str, choices: Choices) -> Input:
        return self._input(f"output.{name}", "choice", choices)

    def _shape(self, text: str) -> str:
        return ":".join(catalogues.number(self._locale, int(side)) for side in text.split(":"))

    def _rate(self, text: str) -> str:
        above, _, below = text.partition("/")
        return catalogues.number(self._locale, int(above) / int(below or 1), 3 if below else 0)

    def how(self) -> list[Input]:
        """Give the inputs of how it is made: engine, plan, part, priority, deadline."""
        offer = self._offer
        engines = [(one, f"engine.{one}") for one in get_args(EngineKind)]
        plans = [("", "order.by_itself"), *((one, f"plan.{one}") for one in get_args(Plan))]
        found = [
            self._input("engine", "choice", engines, start=usual_engine(offer.able)),
            self._input("priority", "whole", start="50"),
            self._input("deadline_h", "number"),
            self._input("plan", "choice", plans),
        ]
        if offer.scan.mode not in ASSEMBLED_MODES:
            found.append(self._input("comp", "choice", _comps(offer.scan)))
        if offer.scan.mode == "music_visualizer":
            found.append(self._input("duration_s", "number"))
        found.append(self._input("frames", "text", dir="ltr", maxlength=100, placeholder="0-99"))
        return found


def _comps(scan: ScanResult) -> Choices:
    names = dict.fromkeys(comp.name for comp in scan.comps if comp.frames and comp.width)
    own = [("", "order.final_comp")] if scan.final_comp is not None else []
    choices = list(dict.fromkeys((*scan.final_choices, *names)))[:COMPS_MOST]
    return [*own, *((name, name) for name in choices)]


def color_of_row(row: Row | None, scanned: str) -> str:
    """Give a shared colour as it is now, small letters and no transparency."""
    return str(scanned if row is None else row.fields["value"])[:7].lower()
