"""The headers of the engine's sound files, hostile ones too."""

from __future__ import annotations

import io
import random
import struct
import wave
from pathlib import Path

import numpy as np

from node_agent.core.export.tracks import Track, read_track
from node_agent.preview.sound.files import write


def track(content: bytes) -> Track | None:
    return read_track(io.BytesIO(content), len(content))


def wav(seconds: float = 1.0) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(4 * int(48_000 * seconds)))
    return out.getvalue()


def test_a_wav_and_an_aiff_tell_their_length_and_rate(tmp_path: Path) -> None:
    assert track(wav(1.5)) == Track(72_000, 48_000, 2)
    for kind in ("wav", "aiff"):
        path = tmp_path / f"sound.{kind}"
        write(path, np.zeros((12_345, 2), np.float32), kind)
        assert track(path.read_bytes()) == Track(12_345, 48_000, 2)


def test_chunks_before_the_sound_are_passed_over() -> None:
    plain = wav(0.1)
    more = plain[:12] + b"JUNK" + struct.pack("<I", 3) + b"abc\0" + plain[12:]
    assert track(more) == track(plain)


def test_what_the_header_promises_beyond_the_files_end_does_not_count() -> None:
    cut = wav(1.0)[: 44 + 4 * 1000]
    assert track(cut) == Track(1000, 48_000, 2)


def test_no_bytes_make_the_reader_fail() -> None:
    chance = random.Random(5)
    whole = wav(0.01)
    for _ in range(2000):
        broken = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(8)):
            if broken:
                broken[chance.randrange(min(len(broken), 60))] = chance.randrange(256)
        found = track(bytes(broken))
        assert found is None or found.seconds >= 0
    assert track(b"ID3\x04not a sound at all") is None
