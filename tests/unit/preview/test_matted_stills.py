"""The stock TIFF template mattes its frames; our PNG template leaves them straight."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from node_agent.preview.aerender.outputs import output
from node_agent.preview.aerender.writers import writer
from node_agent.preview.templates_store import OutputTemplate


@pytest.mark.parametrize(
    ("form", "channels", "expected"),
    [
        ("tiff", "rgba", (100, 50, 0, 128)),
        ("png", "rgba", (200, 100, 0, 128)),
        ("tiff", "rgb", (200, 100, 0)),
    ],
)
def test_what_is_half_clear_is_half_as_bright_in_tiff(
    tmp_path: Path, form: str, channels: str, expected: tuple[int, ...]
) -> None:
    target = output(OutputTemplate(form, channels), str(tmp_path / "f_[#####]"))
    pixels = np.full((4, 4, len(channels)), (200, 100, 0, 128)[: len(channels)], np.uint8)
    writer(target, (4, 4), 25.0, None).write(7, pixels)
    with Image.open(target.frame_path(7)) as frame:
        assert frame.getpixel((2, 2)) == pytest.approx(expected, abs=1)
