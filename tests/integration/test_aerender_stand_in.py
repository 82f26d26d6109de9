"""The aerender stand-in does what aerender does: right files, right lines, right exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import py_aep
import pytest
from PIL import Image

from node_agent.preview.aerender.run import main
from node_agent.preview.config import CONFIG_ENV, HOME_ENV, REPORT_ENV
from node_agent.preview.ffmpeg import ffmpeg
from node_agent.preview.templates_store import add_templates
from tests.support.films import GREEN, RED, film, project_of, solid, text, transform

REPO = Path(__file__).parents[2]


@dataclass
class Bench:
    """Hold one folder with a project of two seconds at 25 fps, and run the stand-in over it."""

    folder: Path
    comp: Any
    says: Callable[[], str]
    monkeypatch: pytest.MonkeyPatch

    @property
    def project(self) -> Path:
        return self.folder / "p.aep"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def save(self) -> None:
        self.project.unlink(missing_ok=True)
        project_of(self.comp).save(self.project)

    def run(self, *words: str, output: str = "[#####].png") -> tuple[int, list[str]]:
        """Save, then run with -project and -output; give the exit code and the lines."""
        self.save()
        code = main(["-project", str(self.project), "-output", str(self.out / output), *words])
        return code, self.says().splitlines()

    def files(self) -> list[str]:
        return sorted(p.name for p in self.out.iterdir())

    def queue(self, template: str = "FR RGB", span: tuple[float, float] = (0.0, 0.16)) -> Any:
        """Put the comp into the saved queue."""
        item = project_of(self.comp).render_queue.add(self.comp)
        item.time_span_start, item.time_span_duration = span
        item.output_modules[0].file = str(self.out / "q_[###].png")
        item.output_modules[0]._name_utf8.value = template
        return item


@pytest.fixture
def bench(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Bench:
    add_templates(tmp_path / "home")
    (tmp_path / "out").mkdir()
    monkeypatch.setenv(HOME_ENV, str(tmp_path / "home"))
    monkeypatch.delenv(CONFIG_ENV, raising=False)
    comp = film(64, 36)
    solid(comp, RED, 20, 20)
    return Bench(tmp_path, comp, lambda: capsys.readouterr().out, monkeypatch)


def test_the_asked_frames_are_written_with_adobes_lines(bench: Bench) -> None:
    code, lines = bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "3", "-e", "5")
    assert code == 0
    assert bench.files() == ["00003.png", "00004.png", "00005.png"]
    assert lines[0].startswith("aerender version 26.0x0 (FlatRender preview engine")
    assert [line for line in lines if "Seconds" in line][:3] == [
        "PROGRESS:  0:00:00:03 (1): 0 Seconds",
        "PROGRESS:  0:00:00:04 (2): 0 Seconds",
        "PROGRESS:  0:00:00:05 (3): 0 Seconds",
    ]
    assert any(line.endswith('Starting composition "main".') for line in lines)
    assert any(line.endswith('Finished composition "main".') for line in lines)
    assert any(line.startswith("PROGRESS:  Total Time Elapsed: ") for line in lines)
    with Image.open(bench.out / "00004.png") as image:
        assert (image.mode, image.size) == ("RGB", (64, 36))
        assert image.getpixel((32, 18)) == (255, 0, 0)
        assert image.getpixel((1, 1)) == (0, 0, 0)


def test_rgba_frames_keep_their_transparency(bench: Bench) -> None:
    bench.run("-comp", "main", "-OMtemplate", "FR RGBA", "-s", "0", "-e", "0")
    with Image.open(bench.out / "00000.png") as image:
        assert image.mode == "RGBA"
        assert image.getpixel((1, 1)) == (0, 0, 0, 0)
        assert image.getpixel((32, 18)) == (255, 0, 0, 255)


def test_frames_lie_over_the_comps_background(bench: Bench) -> None:
    bench.comp.bg_color = [0.0, 0.0, 1.0]
    bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "0", "-e", "0")
    with Image.open(bench.out / "00000.png") as image:
        assert image.getpixel((1, 1)) == (0, 0, 255)


def test_every_second_frame_is_skipped_by_an_increment(bench: Bench) -> None:
    bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "0", "-e", "4", "-i", "2")
    assert bench.files() == ["00000.png", "00002.png", "00004.png"]


def test_frames_count_from_the_comps_display_start(bench: Bench) -> None:
    bench.comp.display_start_frame = 100
    bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "101", "-e", "102")
    assert bench.files() == ["00101.png", "00102.png"]


def test_an_item_of_the_saved_queue_is_rendered_by_its_index(bench: Bench) -> None:
    bench.queue()
    code, lines = bench.run("-rqindex", "1", output="x_[##].jpg")
    assert code == 0
    assert "rqindex 1num 1" in lines
    assert bench.files() == ["x_00.png", "x_01.png", "x_02.png", "x_03.png"]


def test_without_a_comp_the_queue_is_rendered_as_saved_and_the_flags_are_ignored(
    bench: Bench,
) -> None:
    bench.queue()
    code, lines = bench.run("-OMtemplate", "No Such", "-s", "0", "-e", "0")
    assert code == 0
    assert bench.files() == ["q_000.png", "q_001.png", "q_002.png", "q_003.png"]
    ignored = [line for line in lines if line.startswith("WARNING:-")]
    assert [line.split()[0] for line in ignored] == [
        "WARNING:-OMtemplate",
        "WARNING:-output",
        "WARNING:-s",
        "WARNING:-e",
    ]


def test_a_comp_that_is_queued_renders_with_its_queued_settings(bench: Bench) -> None:
    bench.queue(span=(0.08, 0.04))
    bench.run("-comp", "main")
    assert bench.files() == ["00002.png"]


def test_without_a_template_the_default_writes_an_mp4(bench: Bench) -> None:
    pytest.importorskip("imageio_ffmpeg")
    code, _ = bench.run("-comp", "main", "-s", "0", "-e", "5", output="film.png")
    assert code == 0
    assert bench.files() == ["film.mp4"]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (
            ["-comp", "none"],
            7,
            "aerender ERROR: No comp was found with the given name.",
        ),
        (
            ["-comp", "main", "-OMtemplate", "none"],
            7,
            "aerender ERROR: No output module template was found with the given name.",
        ),
        (
            ["-comp", "main", "-RStemplate", "none"],
            7,
            "aerender ERROR: No render settings template was found with the given name.",
        ),
        (
            ["-rqindex", "1"],
            7,
            "aerender ERROR: No render queue item was found with the given index.",
        ),
        (
            ["-comp", "main", "-OMtemplate", "FR RGB", "-s", "9", "-e", "3"],
            7,
            "aerender ERROR: The end frame is before the start frame (3 < 9).",
        ),
    ],
)
def test_what_does_not_exist_is_adobes_error(
    bench: Bench, words: list[str], code: int, line: str
) -> None:
    found, lines = bench.run(*words)
    assert (found, lines[-1]) == (code, line)
    assert bench.files() == []


def test_a_user_log_gets_the_lines_and_makes_the_error_code_even(bench: Bench) -> None:
    log = bench.folder / "log.txt"
    code, lines = bench.run("-comp", "none", "-log", str(log))
    assert code == 8
    assert log.read_text(encoding="utf-8").splitlines() == lines


def test_a_log_in_a_folder_that_is_not_there_is_an_error(bench: Bench) -> None:
    code, lines = bench.run("-comp", "main", "-log", str(bench.folder / "no" / "log.txt"))
    assert code == 8
    assert "Directory specified for log file does not exist" in lines[-1]


def test_an_output_folder_that_is_not_there_is_adobes_error(bench: Bench) -> None:
    code, lines = bench.run("-comp", "main", "-OMtemplate", "FR RGB", output="no/[##].png")
    assert code == 9
    assert "Can not create a file in directory" in lines[-1]


def test_a_wrong_word_is_a_syntax_error_with_code_three(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["-r", "x.jsx"]) == 3
    assert capsys.readouterr().out == "aerender SYNTAX ERROR: Illegal argument flag: -r\n"


def test_a_newer_project_is_refused(bench: Bench) -> None:
    config = bench.folder / "config.json"
    config.write_text(json.dumps({"engine_major": 25}))
    bench.monkeypatch.setenv(CONFIG_ENV, str(config))
    code, lines = bench.run("-comp", "main", "-OMtemplate", "FR RGB")
    assert code == 9
    assert lines[-1].endswith(
        "was created with After Effects version 26.0 and cannot be opened with this version."
    )
    assert lines[0].startswith("aerender version 25.0x0")


def test_a_missing_font_is_substituted_with_adobes_warning_and_code_zero(bench: Bench) -> None:
    text(bench.comp, "Hello", font="Helvetica")
    code, lines = bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "0", "-e", "0")
    assert code == 0
    assert "WARNING:After Effects warning: Project has missing fonts." in lines
    assert "INFO:preview: font Helvetica is not here; drawn with Vazirmatn-Regular" in lines


def test_what_is_left_out_is_counted_in_a_line_and_a_report(bench: Bench) -> None:
    report = bench.folder / "report.json"
    bench.monkeypatch.setenv(REPORT_ENV, str(report))
    transform(solid(bench.comp, GREEN, 5, 5), "Opacity").expression = "wiggle(1, 2)"
    _, lines = bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "0", "-e", "1")
    assert lines[-1] == 'INFO:preview: skipped {"expression wiggle": 1}'
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["unsupported"] == {"expression wiggle": 1}
    assert told["places"] == {"expression wiggle": ["main/solid/Opacity"]}
    assert told["frames"] == 2


def test_the_stamp_is_drawn_only_when_asked(bench: Bench) -> None:
    words = ("-comp", "main", "-OMtemplate", "FR RGB", "-s", "0", "-e", "0")
    bench.run(*words)
    plain = (bench.out / "00000.png").read_bytes()
    config = bench.folder / "config.json"
    config.write_text(json.dumps({"stamp": True}))
    bench.monkeypatch.setenv(CONFIG_ENV, str(config))
    bench.run(*words)
    assert (bench.out / "00000.png").read_bytes() != plain


@pytest.mark.parametrize("body", [b"", b"not a project", b"RIFX\x00\x00\x00\x10Egg!LIST\xff\xff"])
def test_a_file_that_is_no_project_is_one_clear_line(bench: Bench, body: bytes) -> None:
    bench.project.write_bytes(body)
    code = main(["-project", str(bench.project), "-comp", "main"])
    last = bench.says().splitlines()[-1]
    assert code == 9
    assert last.startswith("aerender ERROR: After Effects error: file is damaged")


def test_a_project_cut_short_anywhere_never_breaks_the_stand_in(bench: Bench) -> None:
    bench.save()
    whole = bench.project.read_bytes()
    for length in range(12, len(whole), len(whole) // 12):
        bench.project.write_bytes(whole[:length])
        assert main(["-project", str(bench.project), "-comp", "main", "-output", "x"]) in {7, 9}
        assert bench.says().splitlines()[-1].startswith("aerender ERROR: ")


def _tone(path: Path, seconds: float, level: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        samples = np.full(round(seconds * 48_000), level, "<i2")
        samples[: len(samples) // 4] //= 2
        file.writeframes(samples.tobytes())


def test_the_comps_own_sound_is_mixed_at_its_place_and_level(bench: Bench) -> None:
    pytest.importorskip("imageio_ffmpeg")
    _tone(bench.folder / "music.wav", 1.0, 8000)
    item = project_of(bench.comp).import_file(py_aep.ImportOptions(bench.folder / "music.wav"))
    layer = bench.comp.add(item)
    layer.start_time = 0.5
    code, _ = bench.run("-comp", "main", "-OMtemplate", "FR WAV", output="sound.mp3")
    assert code == 0
    assert bench.files() == ["sound.wav"]
    with wave.open(str(bench.out / "sound.wav")) as file:
        assert (file.getframerate(), file.getnchannels()) == (48_000, 2)
        assert file.getnframes() == 96_000
        samples = np.frombuffer(file.readframes(96_000), "<i2").reshape(-1, 2)
    assert int(samples[12_000, 0]) == 0
    # The first quarter of the second is half as loud: the sound starts at its own start.
    assert abs(int(samples[30_000, 0]) - 4000) <= 80
    assert abs(int(samples[48_000, 0]) - 8000) <= 80
    assert int(samples[90_000, 1]) == 0


def _child(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "node_agent.preview.aerender", *words],
        cwd=REPO,
        env={**os.environ, HOME_ENV: str(home)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_it_runs_as_a_program_in_a_folder_with_spaces_and_persian_letters(bench: Bench) -> None:
    place = bench.folder / "پوشه ی کار"
    place.mkdir()
    project_of(bench.comp).save(place / "قالب.aep")
    done = _child(
        "-project", str(place / "قالب.aep"), "-comp", "main", "-OMtemplate", "FR RGB",
        "-output", str(place / "[##].png"), "-s", "0", "-e", "1", home=bench.folder / "home",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(p.name for p in place.glob("*.png")) == ["00.png", "01.png"]


def test_the_version_is_told_with_code_fifteen(bench: Bench) -> None:
    done = _child("-version", home=bench.folder)
    assert done.returncode == 15
    assert "not After Effects" in done.stdout


DRAWS_BARE = """
import ctypes, sys
real = ctypes.CDLL.__init__
def refuse(self, name, *rest, **more):
    if name and ("libGL" in str(name) or "libEGL" in str(name)):
        raise OSError("hidden")
    real(self, name, *rest, **more)
ctypes.CDLL.__init__ = refuse
from tests.support.films import RED, draw, film, pixel, solid
comp = film()
solid(comp, RED, 40, 20)
assert pixel(draw(comp), 100, 50) == (255, 0, 0, 255)
with open("/proc/self/maps") as maps:
    text = maps.read()
assert "libGL." not in text and "libEGL." not in text, text
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the libraries of a Linux process")
def test_drawing_needs_neither_libgl_nor_libegl() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRAWS_BARE],
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_real_projects_give_frames_or_one_clear_line(samples: Path, bench: Bench) -> None:
    from node_agent.preview.draw.project import nested_comps, open_project

    for path in sorted(samples.glob("*.aep")):
        project, _ = open_project(path)
        inner = {id(n) for comp in project.compositions for n in nested_comps(comp)}
        tops = [comp.name for comp in project.compositions if id(comp) not in inner]
        name = tops[0] if tops else "none"
        words = [
            "-project",
            str(path),
            "-comp",
            name,
            "-OMtemplate",
            "FR RGB",
            "-s",
            "0",
            "-e",
            "0",
        ]
        code = main([*words, "-output", str(bench.out / f"{path.stem}_[#].png")])
        lines = bench.says().splitlines()
        wrote = (bench.out / f"{path.stem}_0.png").is_file()
        assert (code == 0 and wrote) or (not tops and lines[-1].startswith("aerender ERROR: "))
        assert not any("layer not drawn" in line or "unreadable" in line for line in lines), path


def test_a_film_is_seen_and_heard_and_leaves_no_program_behind(bench: Bench) -> None:
    film_file = bench.folder / "film.mp4"
    command = [ffmpeg(), "-loglevel", "error", "-f", "lavfi", "-i", "color=0x20a060:s=200x100:d=2"]
    command += ["-f", "lavfi", "-i", "sine=440:d=2", "-c:v", "libx264", str(film_file)]
    subprocess.run(command, check=True, timeout=60)
    bench.comp.add(project_of(bench.comp).import_file(py_aep.ImportOptions(film_file)))
    code, _ = bench.run("-comp", "main", "-OMtemplate", "FR RGB", "-s", "3", "-e", "6")
    assert code == 0
    assert bench.files() == [f"{number:05d}.png" for number in range(3, 7)]
    with Image.open(bench.out / "00005.png") as frame:
        assert frame.getpixel((20, 20)) == pytest.approx((0x20, 0xA0, 0x60), abs=6)
    code, _ = bench.run("-comp", "main", "-OMtemplate", "FR WAV", output="sound.wav")
    assert code == 0
    with wave.open(str(bench.out / "sound.wav")) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
    assert len(samples) == 2 * 2 * 48_000
    assert 3000 < np.abs(samples).max() < 6000
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "ffmpeg" in child.name()]
