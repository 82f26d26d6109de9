"""The folder of one attempt: one layout on every node, the bundle linked, nothing shared."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath

from node_agent.errors import broken
from orchestrator.wire.failures import FailureClass

BOUND = "bound.aep"
SOUND = "sound.wav"
INPUT_FOLDERS = frozenset({"media", "frames", "fonts"})


class JobFolder:
    """Name the places of one attempt.

    `job/` holds `bundle/` (the template's tree), `media/`, `script/`, `frames/`, `out/`; the
    template's own folder is apart from ours, so that no file of a bundle can stand for ours.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.job = root / "job"
        self.bundle = self.job / "bundle"
        self.media = self.job / "media"
        self.script = self.job / "script"
        self.frames = self.job / "frames"
        self.fonts = self.job / "fonts"
        self.out = self.job / "out"
        self.temp = root / "temp"
        self.preview_report = root / "preview_report.json"
        self.screenshot = root / "screenshot.jpg"
        self.project: Path | None = None

    def make(self) -> None:
        """Make the folders, empty; what an earlier attempt of the same number left is removed."""
        self.remove()
        inner = (self.media, self.fonts, self.script, self.frames, self.out, self.bundle)
        for folder in (*inner, self.temp):
            folder.mkdir(parents=True)

    def remove(self) -> None:
        """Remove the whole attempt."""
        if self.root.exists():
            shutil.rmtree(self.root, ignore_errors=True)

    def lay(self, tree: Path, aep_path: str) -> None:
        """Link the bundle's tree from the cache; the project itself is copied.

        A hard link costs nothing; where the disk knows none the file is copied. Symbolic links
        would lead an engine that resolves paths out of the job folder.
        """
        for source in sorted(tree.rglob("*")):
            target = self.bundle / source.relative_to(tree)
            if source.is_dir():
                target.mkdir(exist_ok=True)
            elif target.relative_to(self.bundle) != Path(aep_path):
                _link(source, target)
        self.project = self.bundle / PurePosixPath(aep_path)
        self.project.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / PurePosixPath(aep_path), self.project)
        if self.bound != self.project and self.bound.is_file():
            # The name is ours: a bind that saved nothing must not find the bundle's own.
            self.bound.unlink()

    @property
    def bound(self) -> Path:
        """Give the bound copy's place, beside the original so that relative footage is found."""
        return (self.project.parent if self.project is not None else self.bundle) / BOUND

    def place(self, path: str) -> Path:
        """Give the place of one input; raises TaskBroken for a path that inputs may not have."""
        if path == BOUND:
            return self.bound
        parts = PurePosixPath(path).parts
        if path == SOUND or (len(parts) > 1 and parts[0] in INPUT_FOLDERS):
            return self.job / PurePosixPath(path)
        raise broken(
            FailureClass.UNKNOWN,
            "input_path",
            f"The input {path} has no place in a job folder; server and agent may differ in "
            "version.",
        )


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
