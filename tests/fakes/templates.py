"""Templates drawn by chance from a seed: every mode, every kind of field, and designers' slips."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import py_aep
from PIL import Image
from py_aep.models.properties.marker import MarkerValue

from node_agent.preview.dom.faces import text as script_text

MODES = ("fix", "music_visualizer", "flexible", "mockup", "free")
TEXTS = (
    "Hello", "", "سلام دنیا", "خط اول\rخط دوم ۱۲۳", "عنوان: «نقل»", "rtl", "LTR", "true", "False",
    "12", "-3.5", "0", "3", "240,120,30,255", "1,2,3,4", "300,1,1,1", "0.2,0.4,1,1", "10,20,30",
    "#a1b2c3", "a1b2c3", 'a "quote" \\ back', "two\rlines", "a\x03soft break", "x" * 3000,
    "ends here\r", " padded ", "emoji 😀", "\u200fmarked\u200c", "</script><b>", "1.5", "12 s",
)  # fmt: skip
PLAIN = ("background", "Layer 1", "متن", "a/b", "frl", "frame", "Logo\u2028x", 'n"q"', "  ")
SLIPS = ("frl_", "frd_", "frc_", "frs_", "frs_logo", "frc_intro", "frl_c1x2", "frl_c12345t1")
FREE_KEYS = ("title", "logo", "Subtitle", "عنوان", "music", "maincolor", "bgColor", "speed",
             "min_s", "max_s", "overlap_s", "dtitle", "delay", "dc1t1")  # fmt: skip
SHARED = ("maincolor", "frd_textColor", "speed", "frd_dtitle", "notes", "Speed", "frl_title", "")
# What a designer without slips uses.
TIDY_SHARED = ("maincolor", "speed", "notes", "frl_title")
TIDY_EXPRESSIONS = ("value", "value.toUpperCase()", "[0, 0]", "thisComp.name",
                    'comp("frshare").layer("notes").text.sourceText')  # fmt: skip
CONTROLS = ("Slider", "Color", "Checkbox", "Dropdown", "Angle", "Point", "Layer")
EXPRESSIONS = (
    "value", "'fixed'", "value.toUpperCase()", 'comp("frshare").layer("notes").text.sourceText',
    'comp("Scene 1").layer(1).name', "system.callSystem('id')", "throw 1", "[0, 0]", "// nothing",
    "eval('1')",
)  # fmt: skip
FONTS = ("Vazirmatn-Bold", "Vazirmatn-Regular", "MyriadPro-Regular", "ArialMT")
SIZES = ((1280, 720, 25.0), (1920, 1080, 30000 / 1001), (1080, 1080, 24.0), (640, 360, 23.976))


class TemplateMaker:
    """Build one project; the same seed gives the same names, texts and values.

    A `tidy` one is of mode flexible and has no slips, so that it can be ordered.
    """

    def __init__(self, seed: int, folder: Path, *, tidy: bool = False) -> None:
        self.draw = random.Random(seed)
        self.folder = folder
        self.tidy = tidy
        self.mode = "flexible" if tidy else MODES[seed % len(MODES)]
        self.project = py_aep.new().project
        self.root = self.project.root_folder

    def save(self) -> Path:
        """Build all, save it and give the file's path."""
        {
            "flexible": self._tidy if self.tidy else self._flexible,
            "mockup": self._flexible,
            "free": self._free,
        }.get(self.mode, self._fix)()
        path = self.folder / "template.aep"
        self.project.save(path)
        return path

    def _fix(self) -> None:
        final = self._comp("frfinal" if self.draw.random() < 0.8 else "FRFinal")
        self._shared()
        for number in range(1, self.draw.randint(2, 4)):
            scene = self._comp(f"Scene {number}")
            for _ in range(self.draw.randint(1, 5)):
                self._layer(scene, self._numbered(number))
            final.add(scene)
        for _ in range(self.draw.randint(0, 3)):
            self._layer(final, self._numbered(self.draw.randint(1, 4)))

    def _flexible(self) -> None:
        self._shared()
        if self.draw.random() < 0.5:
            every = self._comp("all")
            self._layer(every, "frl_logo")
            self._layer(every, "logo")
        scenes = []
        for number in range(1, self.draw.randint(3, 5)):
            name = self.draw.choice((f"frc_scene{number}", f"Scene {number}", "frc_intro"))
            scene = self._comp(name)
            scenes.append(scene)
            for _ in range(self.draw.randint(1, 6)):
                prefix = self.draw.choice(("frl_", "frd_", "frl_", "frs_", ""))
                self._layer(scene, prefix + self.draw.choice(FREE_KEYS))
            self._markers(scene)
        if self.draw.random() < 0.6:
            final = self._comp("flatrender")
            for scene in scenes:
                final.add(scene)

    def _tidy(self) -> None:
        self._shared()
        final = self._comp("flatrender")
        for number in range(1, self.draw.randint(2, 4)):
            scene, inner = self._comp(f"frc_scene{number}"), self._comp(f"inner {number}")
            for key in self.draw.sample(FREE_KEYS, self.draw.randint(1, 5)):
                self._layer(scene if self.draw.random() < 0.7 else inner, f"frl_{key}")
            self._text(inner, "named")
            follower = self._text(scene, "follower")
            follower.text.property(
                "ADBE Text Document"
            ).expression = f'comp("{inner.name}").layer("named").text.sourceText'
            for _ in range(self.draw.randint(1, 3)):
                scene.add(inner)
            self._markers(scene)
            if self.draw.random() < 0.5:
                final.add(scene)
        self._layer(final, "frl_mark")

    def _free(self) -> None:
        main = self._comp("Main")
        inner = self._comp(self.draw.choice(("Inner", "Main", "درون")))
        main.add(inner)
        for comp in (main, inner, inner):
            for _ in range(self.draw.randint(1, 4)):
                self._layer(comp, self.draw.choice(PLAIN))

    def _numbered(self, scene: int) -> str:
        kind = self.draw.random()
        if kind < 0.5:
            name = f"frl_c{scene}{self.draw.choice('tm')}{self.draw.randint(1, 3)}"
            return name.upper() if self.draw.random() < 0.2 else name
        if kind < 0.75:
            return self.draw.choice(("frl_", "frd_")) + self.draw.choice(FREE_KEYS)
        return self.draw.choice(SLIPS + PLAIN)

    def _shared(self) -> None:
        shared = self._comp("frshare" if self.draw.random() < 0.8 else "FRSHARE")
        for name in TIDY_SHARED if self.tidy else self.draw.sample(SHARED, 4):
            self._text(shared, name)
        if self.draw.random() < 0.5 and not self.tidy:
            self._layer(shared, "frd_bgColor")

    def _comp(self, name: str) -> Any:
        width, height, rate = self.draw.choice(SIZES)
        return self.root.add_comp(name, width, height, 1.0, self.draw.choice((2.0, 5.5)), rate)

    def _layer(self, comp: Any, name: str) -> None:
        makers: tuple[Callable[[Any, str], Any], ...] = (
            self._text, self._text, self._solid, self._placeholder, self._picture, self._null,
            self._box, self._item,
        )  # fmt: skip
        layer = self.draw.choice(makers)(comp, name)
        if layer is not None:
            self._controls(layer)
            if self.draw.random() < 0.2:
                self._layer_markers(layer)

    def _text(self, comp: Any, name: str) -> Any:
        return self._filled(comp.add_text("x"), name)

    def _box(self, comp: Any, name: str) -> Any:
        return self._filled(comp.add_box_text([self.draw.randint(50, 900), 120], "x"), name)

    def _filled(self, layer: Any, name: str) -> Any:
        if name:
            layer.name = name
        source = layer.text.property("ADBE Text Document")
        document = source.value
        document.text = self.draw.choice(TEXTS)
        document.font = self.draw.choice(FONTS)
        document.font_size = self.draw.choice((12, 40.5, 96))
        document.justification = self.draw.choice(list(py_aep.ParagraphJustification)[1:])
        document.direction = self.draw.choice(list(py_aep.ParagraphDirection))
        if self.draw.random() < 0.3:
            document.digit_set = self.draw.choice(list(py_aep.DigitSet))
        if self.draw.random() < 0.5:
            script_text.set_universal(document, script_text.UNIVERSAL)
        if self.draw.random() < 0.2:
            self._express(source)
        return layer

    def _express(self, prop: Any) -> None:
        prop.expression = self.draw.choice(TIDY_EXPRESSIONS if self.tidy else EXPRESSIONS)
        if self.draw.random() < 0.3:
            prop.expression_enabled = False

    def _solid(self, comp: Any, name: str) -> Any:
        color = [round(self.draw.random(), 3) for _ in range(3)]
        return comp.add_solid(color, name or "solid", 64, 36)

    def _null(self, comp: Any, name: str) -> Any:
        return self._named(comp.add_null(), name)

    def _placeholder(self, comp: Any, name: str) -> Any:
        item = self.project.import_placeholder("place", 320, 180, 25.0, 4.0)
        return self._named(comp.add(item), name)

    def _picture(self, comp: Any, name: str) -> Any:
        return self._named(comp.add(self._import()), name)

    def _item(self, comp: Any, name: str) -> Any:
        """Show a renamed footage item by a layer without a name of its own."""
        item = self._import()
        item.name = name or "item"
        return comp.add(item)

    def _import(self) -> Any:
        path = self.folder / f"picture {self.draw.randint(1, 3)}.png"
        if not path.exists():
            Image.new("RGB", (32, 18)).save(path)
        return self.project.import_file(py_aep.ImportOptions(path))

    def _named(self, layer: Any, name: str) -> Any:
        if name:
            layer.name = name
        return layer

    def _controls(self, layer: Any) -> None:
        for _ in range(self.draw.choice((0, 0, 1, 2))):
            kind = self.draw.choice(CONTROLS)
            effect = layer.property("ADBE Effect Parade").add_property(f"ADBE {kind} Control")
            if self.draw.random() < 0.5:
                effect.name = self.draw.choice(("my control", "رنگ", "same name"))
            self._value(effect.properties[0], kind)

    def _value(self, prop: Any, kind: str) -> None:
        values = {
            "Slider": round(self.draw.uniform(-5, 500), 2),
            "Angle": 45.0,
            "Checkbox": 1,
            "Dropdown": 2,
            "Color": [round(self.draw.random(), 3) for _ in range(3)] + [1.0],
        }
        if kind not in values or self.draw.random() < 0.3:
            return
        if kind == "Dropdown" and self.draw.random() < 0.7:
            prop.property_parameters = ["یک", "two", "three"]
        if kind in {"Slider", "Color"} and self.draw.random() < 0.15:
            prop.set_value_at_time(0.5, values[kind])
        else:
            prop.value = values[kind]
        if self.draw.random() < 0.15:
            self._express(prop)

    def _layer_markers(self, layer: Any) -> None:
        layer.start_time = self.draw.choice((0.0, 0.5))
        self._mark(layer.property("ADBE Marker"), 1.0, self.draw.choice(("fr_in", "note")))

    def _markers(self, comp: Any) -> None:
        if self.draw.random() < 0.7 and comp.marker_property is not None:
            self._mark(comp.marker_property, 0.5, "fr_in")
            self._mark(comp.marker_property, 1.5, " FR_OUT ")

    def _mark(self, marks: Any, time_s: float, comment: str) -> None:
        marks.set_value_at_time(time_s, MarkerValue(comment))
        # The library leaves the base of 24 frames there; After Effects writes the comp's own.
        marks._tdb4._time_base = int(marks.keyframes[0]._timebase)
