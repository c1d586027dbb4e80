"""Files that are replaced: the whole new one or the whole old one, whatever the disk or the writer does."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.files import replacing, stamp_of, take_name, write_atomically


def test_a_file_is_replaced_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"yesterday's")
    write_atomically(path, b"today's")
    assert path.read_bytes() == b"today's"
    assert list(tmp_path.iterdir()) == [path]


def test_until_a_file_is_whole_the_one_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"yesterday's")
    with replacing(path) as file:
        file.write(b"half of to")
        file.flush()
        assert path.read_bytes() == b"yesterday's"
        file.write(b"day's")
    assert path.read_bytes() == b"half of today's"


def test_a_writer_that_fails_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"yesterday's")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", "of it"])  # type: ignore[list-item]  # which is the mistake
    assert path.read_bytes() == b"yesterday's"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_on_the_disk_before_it_takes_the_name_and_so_is_the_name_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "report.json", []

    def fsync(number: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file"
        synced.append((kind, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(path, b"today's")
    assert synced == [("file", False), ("folder", True)]


def test_a_full_disk_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said = r"report\.json: cannot be written: No space left on device; the old content is unchanged; empty the bin$"
    with pytest.raises(DeviceError, match=said), replacing(tmp_path / "report.json", way_out="empty the bin") as file:
        file.write(b"today's")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_where_that_is_meant_and_missed_where_not(tmp_path: Path) -> None:
    path = tmp_path / "later" / "report.json"
    with pytest.raises(DeviceError, match=r"there is no folder .*later; make it first"):
        write_atomically(path, b"today's")
    write_atomically(path, b"today's", make_folder=True)
    assert path.read_bytes() == b"today's"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_has_its_permissions_before_it_holds_anything(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    with replacing(path, mode=mode) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == mode
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    (tmp_path / f".report.json.{os.getpid()}.part").write_bytes(b"torn")
    write_atomically(path, b"today's")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_a_name_but_never_that_of_a_full_one(tmp_path: Path) -> None:
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "000000.png").touch()
    with pytest.raises(OSError, match="not empty"):
        take_name(tmp_path / "new", tmp_path / "old")
    take_name(tmp_path / "new", tmp_path / "newest")
    assert (tmp_path / "newest" / "000000.png").exists()


def test_a_file_that_was_replaced_by_a_like_one_is_seen_to_be_another(tmp_path: Path) -> None:
    path = tmp_path / "score.yaml"
    assert stamp_of(path) is None
    write_atomically(path, b"same")
    before = stamp_of(path)
    write_atomically(path, b"same")
    assert stamp_of(path) != before
