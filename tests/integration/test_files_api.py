"""Files that clients send: told apart by content, made safe, refused by name."""

from __future__ import annotations

import io
import math
import struct
import subprocess
import wave
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from orchestrator import deps
from orchestrator.embedded import Cluster
from tests.support.server import Api, another_tenant, left_over, running, serving


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module."""
    async with serving(postgres, template, tmp_path_factory, max_file_bytes=500_000) as served:
        yield served


def picture(kind: str, size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    """Make a picture whose left half is red."""
    made = Image.new("RGB", size, (0, 0, 255))
    made.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    made.save(out, kind, **options)
    return out.getvalue()


def sound(seconds: float = 0.5, rate: int = 8000) -> bytes:
    """Make a WAV with a tone."""
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setparams((1, 2, rate, 0, "NONE", ""))
        count = int(seconds * rate)
        made.writeframes(
            b"".join(struct.pack("<h", int(9000 * math.sin(n / 5))) for n in range(count))
        )
    return out.getvalue()


async def stored(api: Api, file_id: str) -> bytes:
    """Read the safe copy."""
    key = f"media/00000000-0000-0000-0000-000000000001/{file_id}"
    return (await api.call("GET", api.deps.objects.sign_get(key, 60))).body


async def test_a_picture_is_turned_upright_and_loses_its_metadata(api: Api) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "secret place"
    answer = await api.upload("/v1/files", "../../عکس.jpg", picture("JPEG", exif=exif))
    assert answer.code == 201
    assert answer.json["name"] == "عکس.jpg"
    shape = {k: answer.json[k] for k in ("kind", "content_type", "width", "height")}
    assert shape == {"kind": "image", "content_type": "image/jpeg", "width": 20, "height": 40}
    safe = await stored(api, answer.json["id"])
    assert b"secret place" not in safe
    with Image.open(io.BytesIO(safe)) as opened:
        red, _, blue = opened.convert("RGB").getpixel((10, 5))
        assert red > 200
        assert blue < 50
    again = await api.call("GET", f"/v1/files/{answer.json['id']}")
    assert again.json == answer.json


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
async def test_other_pictures_become_png(api: Api, kind: str) -> None:
    answer = await api.upload("/v1/files", "x.bin", picture(kind))
    assert (answer.code, answer.json["content_type"]) == (201, "image/png")
    assert (await stored(api, answer.json["id"])).startswith(b"\x89PNG")


async def test_a_sound_becomes_48_khz_wav(api: Api) -> None:
    answer = await api.upload("/v1/files", "tone.wav", sound())
    assert (answer.code, answer.json["kind"]) == (201, "audio")
    assert answer.json["duration_s"] == pytest.approx(0.5, abs=0.01)
    with wave.open(io.BytesIO(await stored(api, answer.json["id"]))) as opened:
        assert (opened.getframerate(), opened.getnchannels()) == (48000, 2)


def video(folder: Path, name: str, *words: str) -> bytes:
    """Make a short video of 48 x 32 pixels with the real ffmpeg."""
    path = folder / name
    draw = ("-f", "lavfi", "-i", "color=red:s=48x32:d=0.4:r=25,format=yuv420p")
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", *draw, *words, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.mp4", "video/mp4"), ("a.webm", "video/x-matroska"), ("a.avi", "video/x-msvideo"),
     ("a.mpg", "video/mpeg")],
)  # fmt: skip
async def test_a_video_is_looked_at_and_kept_for_the_nodes(
    api: Api, tmp_path: Path, name: str, content_type: str
) -> None:
    sent = video(tmp_path, name)
    answer = await api.upload("/v1/files", name, sent)
    assert answer.code == 201, answer.json
    told = {key: answer.json[key] for key in ("kind", "content_type", "width", "height")}
    assert told == {"kind": "video", "content_type": content_type, "width": 48, "height": 32}
    if name != "a.mpg":  # which only knows its length by its size
        assert answer.json["duration_s"] == pytest.approx(0.4, abs=0.1)
    assert await stored(api, answer.json["id"]) == sent


async def test_an_mp4_with_sound_alone_is_a_sound_and_mono_keeps_its_level(
    api: Api, tmp_path: Path
) -> None:
    tone = ("-f", "lavfi", "-i", "aevalsrc=0.5*sin(880*PI*t):d=1:s=48000", "-map", "1:a")
    answer = await api.upload("/v1/files", "voice.mp4", video(tmp_path, "a.mp4", *tone))
    assert (answer.code, answer.json["kind"]) == (201, "audio")
    with wave.open(io.BytesIO(await stored(api, answer.json["id"]))) as opened:
        frames = opened.readframes(opened.getnframes())
    middle = [one / 32768 for (one,) in struct.iter_unpack("<h", frames[48_000:144_000])]
    level = math.sqrt(sum(one * one for one in middle) / len(middle))
    assert level == pytest.approx(0.5 / math.sqrt(2), abs=0.01)


def bomb() -> bytes:
    """Make a PNG head that promises 60000 x 60000 pixels."""
    head = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(999))), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("picture.png", b"<svg onload=x>", "media_unsupported"),
        ("x.png", b"MZ\x90\x00" * 9, "not_media"),
        ("x.mp4", b"\x00\x00\x00\x18ftypisom0000", "bad_video"),
        ("x.mkv", b"\x1aE\xdf\xa3" * 9, "bad_video"),
        ("x.mp4", b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", "media_unsupported"),
        ("x.png", b"%PDF-1.7", "media_unsupported"),
        ("x.jpg", b"\x00\x00\x00\x18ftypheic0000", "media_unsupported"),
        ("x.wmv", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "media_unsupported"),
        ("x.jpg", picture("JPEG")[:200], "bad_image"),
        ("x.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "bad_image"),
        ("x.png", bomb(), "too_many_pixels"),
        ("x.mp3", b"ID3" + b"\x00" * 500, "bad_audio"),
        ("x.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "bad_audio"),
    ],
)
async def test_what_is_no_good_medium_is_refused_by_name_and_leaves_nothing(
    api: Api, name: str, content: bytes, code: str
) -> None:
    answer = await api.upload("/v1/files", name, content)
    assert (answer.code, answer.json["code"]) == (422, code)
    assert left_over(api) == []


async def test_forms_that_are_not_one_file_are_refused(api: Api) -> None:
    large = await api.upload("/v1/files", "x.png", bytes(600_000))
    assert (large.code, large.json["code"]) == (413, "too_large")
    empty = await api.upload("/v1/files", "x.png", b"")
    assert (empty.code, empty.json["code"]) == (400, "empty_file")
    plain = await api.call("POST", "/v1/files", data=b"x", headers={"Content-Type": "image/png"})
    assert (plain.code, plain.json["code"]) == (415, "unsupported_media_type")
    headers = {"Content-Type": "multipart/form-data"}
    broken = await api.call("POST", "/v1/files", data=b"x", headers=headers)
    assert (broken.code, broken.json["code"]) == (400, "bad_multipart")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    none = await api.call("POST", "/v1/files", data=b"--b--\r\n", headers=headers)
    assert (none.code, none.json["code"]) == (400, "missing_file")


async def test_another_tenants_file_does_not_exist(api: Api) -> None:
    made = await api.upload("/v1/files", "x.png", picture("PNG"))
    _, other = await another_tenant(api)
    assert (await other.call("GET", f"/v1/files/{made.json['id']}")).code == 404


async def test_when_every_turn_is_taken_an_upload_is_told_to_come_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deps, "TURN_S", 0.01)
    taken = 0
    while not api.deps.turns.locked():
        await api.deps.turns.acquire()
        taken += 1
    try:
        answer = await api.upload("/v1/files", "x.png", picture("PNG"))
    finally:
        for _ in range(taken):
            api.deps.turns.release()
    assert (answer.code, answer.json["code"]) == (503, "server_busy")
    assert answer.headers["Retry-After"]
    assert (await api.upload("/v1/files", "x.png", picture("PNG"))).code == 201


async def test_a_missing_ffmpeg_is_said_in_a_sentence(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path, ffmpeg=tmp_path / "none") as api:
        answer = await api.upload("/v1/files", "tone.wav", sound())
    assert (answer.code, answer.json["code"]) == (503, "ffmpeg_missing")
    assert "FLATRENDER_FFMPEG" in answer.json["detail"]
