"""Videos that were made fit are kept for the next task, within bounds, and never believed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from node_agent.runner.media.kept import KEPT_S, KeptVideos, key_of
from orchestrator.wire.base import Fps
from orchestrator.wire.media.safe import MediaRule

RULE = MediaRule(path="media/a.mov", kind="video", form="mov", width_max=64, fps=Fps(num=25))


def made(folder: Path, content: bytes) -> Path:
    path = folder / f"made {len(list(folder.iterdir()))} {content[:1]!r}.mov"
    path.write_bytes(content)
    return path


def test_the_key_is_of_the_content_and_the_rule_and_not_of_the_place() -> None:
    assert key_of("a", RULE) == key_of("a", RULE.model_copy(update={"path": "media/b.mov"}))
    others = {"width_max": 65}, {"fps": Fps(num=24)}, {"form": "avi"}
    keys = {key_of("a", RULE.model_copy(update=other)) for other in others}
    assert len({*keys, key_of("a", RULE), key_of("b", RULE)}) == 5


def test_what_is_kept_comes_back_unless_somebody_changed_it(tmp_path: Path) -> None:
    kept, target = KeptVideos(tmp_path / "kept", 100), tmp_path / "target.mov"
    target.write_bytes(b"raw")
    assert not kept.take("k", target)
    kept.keep("k", made(tmp_path, b"video"))
    assert kept.take("k", target)
    assert target.read_bytes() == b"video"
    assert not kept.take("other", target)
    with target.open("r+b") as stream:  # the same file, lent by a link
        stream.write(b"V")
    fresh = tmp_path / "fresh.mov"
    fresh.write_bytes(b"raw")
    assert not kept.take("k", fresh)
    assert fresh.read_bytes() == b"raw"
    assert list((tmp_path / "kept").iterdir()) == []


def test_the_longest_unused_and_the_old_leave(tmp_path: Path) -> None:
    kept = KeptVideos(tmp_path / "kept", 10)
    for age, key in ((300, "a"), (200, "b"), (100, "c")):
        kept.keep(key, made(tmp_path, key.encode() * 4))
        (path,) = (tmp_path / "kept").glob(f"{key}-*")
        os.utime(path, (time.time() - age,) * 2)
    kept.expire()
    assert {path.name[0] for path in (tmp_path / "kept").iterdir()} == {"b", "c"}
    (path,) = (tmp_path / "kept").glob("c-*")
    os.utime(path, (time.time() - KEPT_S - 60,) * 2)
    kept.expire()
    assert {path.name[0] for path in (tmp_path / "kept").iterdir()} == {"b"}
