"""Files are told apart by their first bytes, and cursors and names survive anything."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.api.clients.uploads import clean_name
from orchestrator.api.cursors import page_of, place_of
from orchestrator.errors import BadRequest
from orchestrator.usecases.files.kinds import tell_kind


@pytest.mark.parametrize(
    ("head", "kind", "name"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image", "PNG"),
        (b"\xff\xd8\xff\xe0....", "image", "JPEG"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image", "WebP"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio", "WAV"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video", "AVI"),
        (b"ID3\x04\x00", "audio", "MP3"),
        (b"\xff\xfb\x90\x00", "audio", "MP3"),
        (b"\xff\xf1\x50\x80", "audio", "AAC"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio", "M4A"),
        (b"\x00\x00\x00\x20ftypqt  ", "video", "MP4 or QuickTime"),
        (b"FORM\x00\x00\x00\x00AIFF", "audio", "AIFF"),
    ],
)
def test_the_first_bytes_decide(head: bytes, kind: str, name: str) -> None:
    found = tell_kind(head)
    assert found is not None
    assert (found.kind, found.name) == (kind, name)
    assert bool(found.demuxer) == (kind != "image")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<svg xmlns", "SVG drawing"),
        (b"\xef\xbb\xbf<?xml ", "XML file"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"#EXTM3U\n", "HLS playlist"),
        (b"ffconcat version", "playlist"),
        (b"8BPS\x00", "Photoshop document"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC picture"),
        (b"\x00\x00\x00\x18ftypavif", "AVIF picture"),
    ],
)
def test_what_is_not_taken_has_a_name_all_the_same(head: bytes, name: str) -> None:
    found = tell_kind(head)
    assert found is not None
    assert (found.kind, found.name, found.demuxer) == ("other", name, "")


@pytest.mark.parametrize("head", [b"", b"RIFF", b"RIFX", b"\xff", b"hello"])
def test_what_is_no_medium_is_none(head: bytes) -> None:
    assert tell_kind(head) is None


@given(st.binary(max_size=64))
def test_no_bytes_break_the_telling(head: bytes) -> None:
    tell_kind(head)


@given(st.text(max_size=400))
def test_a_cleaned_name_is_short_plain_and_never_a_path(name: str) -> None:
    clean = clean_name(name)
    assert 0 < len(clean) <= 200
    assert "/" not in clean
    assert "\\" not in clean
    assert clean.isprintable() or not any(ord(char) < 32 for char in clean)
    clean.encode()


BOUNDS = datetime(1990, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - Hypothesis wants them bare


@given(st.datetimes(*BOUNDS, timezones=st.just(UTC)), st.uuids())
def test_a_cursor_reads_back_to_the_microsecond(at: datetime, last: UUID) -> None:
    page = page_of([(at, last)], 1)
    assert place_of(page.next_cursor) == (at, last)
    assert page_of([(at, last)], 2).next_cursor is None


@given(st.text(max_size=60))
def test_a_strange_cursor_is_refused_with_a_sentence(cursor: str) -> None:
    with suppress(BadRequest):
        place_of(cursor)


def test_the_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadRequest, match="not one of ours"):
        place_of("abc")
