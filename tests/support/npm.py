"""Fetch a package of the JavaScript registry once, by its committed hash, and unpack it."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.machine import Needs

KEPT = Path(__file__).parents[2] / "build" / "javascript"


@dataclass(frozen=True, slots=True)
class Package:
    """Name one package exactly."""

    name: str
    version: str
    sha512: str

    def unpack(self, needs: Needs, folder: Path) -> Path:
        """Unpack it below a folder; give where its files are, or skip the test."""
        npm = needs.program("npm", "apt-get install npm")
        kept = KEPT / f"{self.name}-{self.version}.tgz"
        if not kept.is_file():
            KEPT.mkdir(parents=True, exist_ok=True)
            packed = subprocess.run(
                [npm, "pack", f"{self.name}@{self.version}", "--pack-destination", KEPT],
                capture_output=True,
                cwd=KEPT,
                timeout=90,
                check=False,
            )
            feature = f"{self.name} from the package registry"
            needs(feature, packed.returncode == 0, "connect to a registry")
        assert hashlib.sha512(kept.read_bytes()).hexdigest() == self.sha512
        with tarfile.open(kept) as bundle:
            bundle.extractall(folder / self.name, filter="data")
        return folder / self.name / "package"
