"""A restart: it plays what played, or what was last good, whatever has become of the artist's files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installation.desk.desk import DeskOptions
from installation.desk.publisher import Publisher
from installation.editions.edition import ShowFiles
from installation.editions.resumption import RESUMED_NOTICE, Resumption
from installation.errors import ScoreError
from installation.notices import Notices
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions
from installation.show.control import Message
from tests.editions.test_show import House

PATIENCE_SECONDS = 30.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@contextmanager
def show(house: House) -> Iterator[Live]:
    """A show that keeps a journal and goes on with it; leaving the block ends it as a crash does."""
    journal = house.folder / "state.jsonl"
    options = EngineOptions(DeskOptions(), journal, resume=True)
    with Live(ShowFiles(house.score), LiveOptions(options, headless=True), time.process_time) as live:
        live.step()
        yield live


def title_of(live: Live) -> str:
    return live.engine.edition.score.title


def until_it_plays(live: Live, title: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while title_of(live) != title:
        live.step()
        assert time.monotonic() < deadline


def journals(house: House) -> list[str]:
    return sorted(one.name for one in house.folder.glob("state*.jsonl"))


def test_a_score_that_is_wrong_when_the_player_comes_back_leaves_the_last_good_one_playing(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with show(house) as live:
        live._stop()
        live.run()
    house.score.write_text("cues: [\n")
    said: list[str] = []
    monkeypatch.setattr(Publisher, "refused", lambda _self, *words: said.append(words[-1]))
    with show(house) as live:
        assert title_of(live) == "Small"
        assert "score.yaml" in " ".join(live.engine.notices.current.warnings)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not live.engine.notices.current.mistakes:
            live.step()
            assert time.monotonic() < deadline
        house.save(title="Mended")
        until_it_plays(live, "Mended")
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [error for error in errors if "the last good files play" in error]
    assert [sentence for sentence in said if "score.yaml" in sentence]
    assert journals(house) == ["state.jsonl"]


def test_an_edit_that_waited_for_its_moment_when_the_power_went_still_comes_and_the_journal_goes_on(
    house: House,
) -> None:
    with show(house) as live:
        live.engine.desk.put(Message(0, 0, "lock", value=1.0, source="page"))
        live.step()
        house.save(title="Saved while locked")
    with show(house) as live:
        assert (title_of(live), live.engine.performance.control.locked) == ("Small", True)
        assert live.engine.notices.current.warnings == (RESUMED_NOTICE,)
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


def test_a_desk_file_that_is_wrong_leaves_the_last_good_one_in_use(house: House) -> None:
    desk_file, journal = house.folder / "desk.yaml", house.folder / "state.jsonl"

    notices = Notices()

    def resumed() -> Resumption:
        return Resumption(ShowFiles(house.score), journal, desk_file, notices, watched=True)

    desk_file.write_text("name: [\n")
    with pytest.raises(ScoreError, match="YAML"):
        resumed()
    desk_file.write_text("name: Small console\n")
    begun = resumed()
    begun.keep(begun.edition)
    desk_file.write_text("name: [\n")
    again = resumed()
    assert again.desk_file not in (None, desk_file)
    assert again.desk_file is not None
    assert again.desk_file.read_text() == "name: Small console\n"
    notices.publish()
    (sentence,) = notices.current.warnings
    assert sentence.startswith("the last good desk file is used")
    assert "desk.yaml" in sentence


def test_a_show_without_a_journal_plays_its_files_or_says_what_is_wrong(house: House) -> None:
    notices = Notices()
    Resumption(ShowFiles(house.score), None, None, notices, watched=True)
    notices.publish()
    assert notices.current.sentences == ()
    house.score.write_text("cues: [\n")
    with pytest.raises(ScoreError):
        Resumption(ShowFiles(house.score), None, None, notices, watched=True)
