"""Migration files and the ledger: names, order, and what is to be done."""

from pathlib import Path

import pytest

from orchestrator.store.migrations import Migration, MigrationError, compare, read_migrations

ONE, TWO, THREE = (Migration(f"0{n}_x", "", str(n) * 64) for n in (1, 2, 3))


def write(folder: Path, *names: str) -> Path:
    """Make files with some content."""
    for name in names:
        (folder / name).write_text("SELECT 1;")
    return folder


def test_files_come_in_numeric_order_with_their_hashes(tmp_path: Path) -> None:
    files = read_migrations(write(tmp_path, "100_c.sql", "09_a.sql", "27_b.sql", "notes.txt"))

    assert [file.name for file in files] == ["09_a", "27_b", "100_c"]
    assert len({file.sha256 for file in files}) == 1


def test_two_files_with_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="have one number"):
        read_migrations(write(tmp_path, "27_a.sql", "27_b.sql"))


def test_a_name_without_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match=r"late\.sql is not named NN_name\.sql"):
        read_migrations(write(tmp_path, "late.sql"))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no migration files in"):
        read_migrations(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "01_x.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(MigrationError, match=r"01_x\.sql is not UTF-8"):
        read_migrations(tmp_path)


def test_the_migrations_of_this_version_are_found_without_naming_a_folder() -> None:
    names = [file.name for file in read_migrations()]
    assert names[0] == "00_setup"
    assert {"12_render_jobs", "26_render_scan_jobs"} < set(names)


def test_what_is_missing_unhashed_and_done_is_told_apart() -> None:
    work = compare([ONE, TWO, THREE], {"01_x": ONE.sha256, "02_x": None})

    assert (work.missing, work.unhashed, work.same) == ((THREE,), (TWO,), ("01_x",))


def test_every_edited_file_is_named() -> None:
    with pytest.raises(MigrationError, match=r"edited since: 01_x, 03_x\."):
        compare([ONE, TWO, THREE], {"01_x": "0" * 64, "02_x": None, "03_x": "0" * 64})


def test_a_database_that_knows_more_is_newer() -> None:
    with pytest.raises(MigrationError, match=r"it has 04_y, 05_z\."):
        compare([ONE], {"01_x": None, "05_z": None, "04_y": None})
