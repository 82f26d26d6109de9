"""Our scripts for AfterFX: where they are, and how one is laid out beside its data for a run."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

from node_agent.errors import broken
from orchestrator.wire.base import Message
from orchestrator.wire.failures import FailureClass


def find_scripts() -> Path:
    """Find jsx/: beside the packages in a checkout, else in the installed package's data."""
    checkout = Path(__file__).resolve().parents[2] / "jsx"
    if checkout.is_dir():
        return checkout
    spec = importlib.util.find_spec("orchestrator")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        packaged = Path(place) / "_data" / "jsx"
        if packaged.is_dir():
            return packaged
    raise broken(
        FailureClass.NODE, "scripts_missing", "This installation lacks jsx/; install it again."
    )


def lay_script(folder: Path, name: str, data_name: str, data: Message) -> Path:
    """Copy a script and its library into a folder, with its data beside it; give its path."""
    scripts = find_scripts()
    shutil.copyfile(scripts / name, folder / name)
    shutil.copytree(scripts / "lib", folder / "lib", dirs_exist_ok=True)
    # ASCII alone: whatever encoding After Effects takes the file for, the letters are the same.
    written = json.dumps(data.model_dump(mode="json"), ensure_ascii=True, allow_nan=False)
    (folder / data_name).write_text(written, encoding="ascii")
    return folder / name
