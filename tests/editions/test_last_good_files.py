"""Copies of a show's last good files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from installation.editions.last_good_files import LastGoodFiles, last_good_folder, last_good_venue
from installation.errors import RigError
from tests.editions.test_show import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def texts(*files: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in files}


def kept_in(house: House) -> LastGoodFiles:
    return LastGoodFiles(
        last_good_folder(house.folder / "journal.jsonl"), house.score, house.rig, house.folder / "desk.yaml"
    )


def test_a_rig_that_is_wrong_leaves_the_last_good_one_in_use_and_a_desk_file_is_kept_too(house: House) -> None:
    desk = house.folder / "desk.yaml"
    desk.write_text("name: Small console\n")
    house.hang("32x18")
    kept = kept_in(house)
    kept.keep(texts(house.score, house.rig, desk))
    good = last_good_venue(house.rig, kept)
    house.rig.write_text("heads: 3\n")
    desk.write_text("name: [\n")
    assert last_good_venue(house.rig, kept) == good
    copies = kept.files()
    assert copies is not None
    assert copies.desk is not None
    assert copies.desk.read_text() == "name: Small console\n"


def test_copies_are_their_owners_alone_because_a_rig_may_hold_a_password(house: House) -> None:
    house.hang("32x18")
    house.rig.chmod(0o600)
    kept_in(house).keep(texts(house.score, house.rig))
    copies = [one for one in last_good_folder(house.folder / "journal.jsonl").glob("*/*/*") if one.is_file()]
    assert len(copies) >= 2
    assert {one.stat().st_mode & 0o077 for one in copies} == {0}


def test_when_an_edition_took_over_is_kept_with_it(house: House) -> None:
    house.hang("32x18")
    kept = kept_in(house)
    kept.keep(texts(house.score, house.rig), (4711, "attic"))
    copies = kept.files()
    assert copies is not None
    assert copies.taken == (4711, "attic")
    index = last_good_folder(house.folder / "journal.jsonl") / "kept.json"
    index.write_text(index.read_text().replace("4711", '"x"'))
    assert kept.files() is None, "an index that is damaged is none"


def test_where_nothing_good_is_kept_a_mistake_is_told(house: House) -> None:
    kept = kept_in(house)
    house.rig.write_text("heads: 3\n")
    (house.folder / "desk.yaml").write_text("name: [\n")
    assert kept.files() is None
    with pytest.raises(RigError, match="heads"):
        last_good_venue(house.rig, kept)


def test_a_copy_that_was_damaged_is_not_played_and_made_anew(house: House) -> None:
    house.hang("32x18")
    kept = kept_in(house)
    kept.keep(texts(house.score, house.rig))
    copies = kept.files()
    assert copies is not None
    copies.score.write_bytes(copies.score.read_bytes()[:-1])
    assert kept.files() is None
    kept.keep(texts(house.score, house.rig))
    assert kept.files() == copies


@pytest.mark.parametrize(
    "index",
    [
        *("", "[]", "{}", "[" * 100_000, '{"folder": 3, "files": {}}', '{"folder": "x", "files": [1]}'),
        '{"folder": "x\\u0000", "files": {"score/s.yaml": {"from": "/s.yaml", "sha256": "0"}}}',
        '{"folder": "x", "files": {"\\u0000": {"from": "\\u0000", "sha256": "0"}}}',
        '{"folder": "x", "files": {"\\udcff": {"from": "s", "sha256": "0"}}}',
        '{"folder": "../../..", "files": {"etc/passwd": {"from": "/s.yaml", "sha256": "0"}}}',
        '{"folder": ".", "files": {"/etc/passwd": {"from": "/s.yaml", "sha256": "0"}}}',
        '{"folder": NaN, "files": {}}',
    ],
)
def test_an_index_that_was_damaged_keeps_nothing(house: House, index: str) -> None:
    kept, folder = kept_in(house), last_good_folder(house.folder / "journal.jsonl")
    folder.mkdir()
    (folder / "kept.json").write_text(index)
    assert kept.files() is None


def test_an_index_says_its_version_and_one_of_before_versions_is_read(house: House) -> None:
    kept, index = kept_in(house), last_good_folder(house.folder / "journal.jsonl") / "kept.json"
    kept.keep(texts(house.score))
    copies, told = kept.files(), json.loads(index.read_text())
    assert told.pop("version") == 1
    index.write_text(json.dumps(told))
    assert kept.files() == copies


def test_an_index_of_a_newer_version_is_told_and_left_alone(house: House, caplog: pytest.LogCaptureFixture) -> None:
    kept, index = kept_in(house), last_good_folder(house.folder / "journal.jsonl") / "kept.json"
    kept.keep(texts(house.score))
    newer = json.dumps(json.loads(index.read_text()) | {"version": 2})
    index.write_text(newer)
    assert kept.files() is None
    assert "kept.json is of version 2, and this player reads version 1" in caplog.text
    kept.end()
    assert index.read_text() == newer


def test_a_pipe_among_what_is_kept_is_never_waited_for(house: House) -> None:
    house.hang("32x18")
    kept, folder = kept_in(house), last_good_folder(house.folder / "journal.jsonl")
    kept.keep(texts(house.score, house.rig))
    copies = kept.files()
    assert copies is not None
    copies.score.unlink()
    os.mkfifo(copies.score)
    assert kept.files() is None
    (folder / "kept.json").unlink()
    os.mkfifo(folder / "kept.json")
    assert kept.files() is None


def test_a_table_far_from_the_rig_is_not_copied_out_of_the_folder(house: House) -> None:
    house.hang("32x18")
    table = house.folder / "rig" / ".." / ".." / "far.cube"
    (house.folder / "rig").mkdir()
    table.write_text("far away")
    before = sorted(house.folder.parent.iterdir())
    kept_in(house).keep(texts(house.score, house.rig, table))
    assert sorted(house.folder.parent.iterdir()) == before
    assert len(list(last_good_folder(house.folder / "journal.jsonl").rglob("far.cube"))) == 1


def test_only_the_latest_files_are_kept_and_a_disk_that_refuses_them_costs_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.hang("32x18")
    kept, folder = kept_in(house), last_good_folder(house.folder / "journal.jsonl")
    for title in ("One", "Two"):
        house.save(title=title)
        kept.keep(texts(house.score, house.rig))
    assert len([one for one in folder.iterdir() if one.is_dir()]) == 1
    copies = kept.files()
    assert copies is not None
    assert (copies.changed, copies.over) == (False, False)
    house.save(title="Three")
    kept.end()
    copies = kept.files()
    assert copies is not None
    assert (copies.changed, copies.over) == (True, True)
    in_the_way = house.folder / "file"
    in_the_way.write_text("")
    LastGoodFiles(in_the_way / "kept", house.score).keep(texts(house.score))
    assert "cannot be kept" in caplog.text
