"""The last good files of a show: what a restart plays, whatever has become of the artist's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installation.desk.desk import DeskOptions
from installation.editing.edition import GOES_ON, Sources
from installation.editing.kept import Kept, good_desk_file, good_venue, kept_beside
from installation.engine import EngineOptions
from installation.errors import RigError, ScoreError
from installation.live import Live, LiveOptions
from installation.show.control import Message
from tests.editing.test_show import House

PATIENCE_SECONDS = 30.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@contextmanager
def show(house: House) -> Iterator[Live]:
    """A show that keeps a journal and goes on with it; leaving the block ends it as a crash does."""
    journal = house.folder / "state.jsonl"
    options = EngineOptions(DeskOptions(), journal, resume=True)
    with Live(Sources(house.score), LiveOptions(options, headless=True), time.process_time) as live:
        live.engine.step()
        yield live


def title_of(live: Live) -> str:
    return live.engine.edition.score.title


def until_it_plays(live: Live, title: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while title_of(live) != title:
        live.engine.step()
        assert time.monotonic() < deadline


def journals(house: House) -> list[str]:
    return sorted(one.name for one in house.folder.glob("state*.jsonl"))


def test_a_score_that_is_wrong_when_the_player_comes_back_leaves_the_last_good_one_playing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with show(house) as live:
        live._stop()
        live.run()
    house.score.write_text("cues: [\n")
    with show(house) as live:
        assert title_of(live) == "Small"
        assert "score.yaml" in " ".join(live.engine.warnings)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not live.engine.mistakes:
            live.engine.step()
            assert time.monotonic() < deadline
        house.save(title="Mended")
        until_it_plays(live, "Mended")
    assert "THE LAST GOOD FILES PLAY" in caplog.text
    assert journals(house) == ["state.jsonl"]


def test_an_edit_that_waited_for_its_moment_when_the_power_went_still_comes_and_the_journal_goes_on(
    house: House,
) -> None:
    with show(house) as live:
        live.engine.desk.put(Message(0, 0, "lock", value=1.0, source="page"))
        live.engine.step()
        house.save(title="Saved while locked")
    with show(house) as live:
        assert (title_of(live), live.engine.performance.control.locked) == ("Small", True)
        assert live.engine.warnings == (GOES_ON,)
        live.engine.desk.put(Message(0, 0, "lock", value=0.0, source="page"))
        until_it_plays(live, "Saved while locked")
    with show(house) as live:
        assert title_of(live) == "Saved while locked"
    assert journals(house) == ["state.jsonl"]


def test_a_show_that_was_ended_and_edited_begins_anew(house: House) -> None:
    with show(house) as live:
        live._stop()
        live.run()
    house.save(title="Another evening")
    with show(house) as live:
        assert title_of(live) == "Another evening"
    assert len(journals(house)) == 2


def texts(*files: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in files}


def kept_in(house: House) -> Kept:
    return Kept(kept_beside(house.folder / "journal.jsonl"), house.score, house.rig, house.folder / "desk.yaml")


def test_a_rig_and_a_desk_file_that_are_wrong_leave_the_last_good_ones_in_use(house: House) -> None:
    desk = house.folder / "desk.yaml"
    desk.write_text("name: Small console\n")
    house.hang("32x18")
    kept = kept_in(house)
    kept.keep(texts(house.score, house.rig, desk))
    good = good_venue(house.rig, kept)
    house.rig.write_text("heads: 3\n")
    desk.write_text("name: [\n")
    assert good_venue(house.rig, kept) == good
    used, (told,) = good_desk_file(desk, kept)
    assert used is not None
    assert used.read_text() == "name: Small console\n"
    assert "desk.yaml" in told


def test_where_nothing_good_is_kept_a_mistake_is_told(house: House) -> None:
    kept = kept_in(house)
    house.rig.write_text("heads: 3\n")
    (house.folder / "desk.yaml").write_text("name: [\n")
    assert kept.files() is None
    with pytest.raises(RigError, match="heads"):
        good_venue(house.rig, kept)
    with pytest.raises(ScoreError, match="YAML"):
        good_desk_file(house.folder / "desk.yaml", kept)


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


@pytest.mark.parametrize("index", ["", "[]", "{}", '{"folder": 3, "files": {}}', '{"folder": "x", "files": [1]}'])
def test_an_index_that_was_damaged_keeps_nothing(house: House, index: str) -> None:
    kept, folder = kept_in(house), kept_beside(house.folder / "journal.jsonl")
    folder.mkdir()
    (folder / "kept.json").write_text(index)
    assert kept.files() is None


def test_a_table_far_from_the_rig_is_not_copied_out_of_the_folder(house: House) -> None:
    house.hang("32x18")
    table = house.folder / "rig" / ".." / ".." / "far.cube"
    (house.folder / "rig").mkdir()
    table.write_text("far away")
    before = sorted(house.folder.parent.iterdir())
    kept_in(house).keep(texts(house.score, house.rig, table))
    assert sorted(house.folder.parent.iterdir()) == before
    assert len(list(kept_beside(house.folder / "journal.jsonl").rglob("far.cube"))) == 1


def test_only_the_latest_files_are_kept_and_a_disk_that_refuses_them_costs_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.hang("32x18")
    kept, folder = kept_in(house), kept_beside(house.folder / "journal.jsonl")
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
    Kept(in_the_way / "kept", house.score).keep(texts(house.score))
    assert "cannot be kept" in caplog.text
