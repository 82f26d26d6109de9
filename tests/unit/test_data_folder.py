"""The data folder holds what clients sent, lease tokens and logs: it is nobody else's to read."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from orchestrator.cli.demo.run import _hand_over
from orchestrator.cli.serve import make_folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows inherits the folder's rights")
def test_a_new_data_folder_is_closed_to_other_users(tmp_path: Path) -> None:
    data = tmp_path / "data"

    make_folder(data)
    _hand_over(data, "token")

    places = (data, data / "agent", data / "agent" / "enrolment_token")
    assert [stat.S_IMODE(place.stat().st_mode) for place in places] == [0o700, 0o700, 0o600]
