"""The journal: an evening written down, read back, continued after a power cut."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.desk import Desk, DeskOptions
from installation.desk.journal import journal as journal_module
from installation.desk.journal.journal import Journal, Recording, check_score, read_journal
from installation.desk.journal.journal_archive import MAX_ARCHIVED, archive, archived_journals
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader, Succession, message_line
from installation.errors import DeviceError, ScoreError
from installation.show.control import Control, Message, fold, initial_control
from tests.desk.scores import tide

SCORE = tide()
PATIENCE_SECONDS = 10.0
ANCHOR = ClockAnchor(1_800_000_000.25, 5000.0, "this boot")
HEADER = JournalHeader.of(SCORE, ANCHOR)

MESSAGES = (
    Message(0, 0, "set", "/master", 0.5, 2.0, "osc:10.0.0.5"),
    Message(60, 0, "go", "flood", source="osc:10.0.0.5"),
    Message(60, 1, "set", "/p/zoom", 4.0, 0.0, "sacn:1", 30.0, 4.0),
    Message(100, 0, "audition", "flood", source="page:10.0.0.7", output="left"),
    Message(100, 1, "lock", value=1.0, source="page:10.0.0.7"),
    Message(200, 0, "panic", fade_seconds=3.0, source="keyboard"),
)


def write(path: Path) -> bytes:
    with Journal(path, HEADER) as journal:
        journal.record(MESSAGES)
    return path.read_bytes()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    write(path)
    recording = read_journal(path)
    assert recording.header == HEADER
    assert recording.messages == MESSAGES


def test_a_message_is_in_the_file_before_it_takes_effect(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    with Journal(path, HEADER) as journal, Desk(SCORE, DeskOptions(), journal) as desk:
        desk.put(Message(0, 0, "go", source="keyboard"))
        (message,) = desk.drain(42, initial_control(SCORE))
        assert path.read_text().endswith(message_line(message))
        assert read_journal(path).messages == (message,)


def test_a_journal_of_a_newer_player_says_so(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    path.write_bytes(write(path).replace(b'"journal": 1', b'"journal": 2', 1))
    with pytest.raises(ScoreError, match=r"evening.journal:1: this journal has format 2, .* 1: update the player"):
        read_journal(path)


def test_a_power_cut_may_tear_the_last_line_at_any_byte(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    data = write(path)
    header_bytes = data.index(b"\n") + 1
    for length in range(header_bytes, len(data)):
        path.write_bytes(data[:length])
        whole = data[:length].count(b"\n") - 1
        recording = read_journal(path)
        assert recording.messages == MESSAGES[:whole]
        assert recording.whole_bytes == data[:length].rfind(b"\n") + 1


def test_the_show_goes_on_behind_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    data = write(path)
    path.write_bytes(data[:-7])
    later = Message(900, 0, "go", "slack", source="osc:10.0.0.5")
    with Journal.resume(path, read_journal(path), ANCHOR) as journal:
        journal.record([later])
    assert read_journal(path).messages == (*MESSAGES[:-1], later)


def epoch_now(wall: float, steady: float, boot: str, messages: tuple[Message, ...] = ()) -> float:
    return Recording(HEADER, messages, 0, ANCHOR).epoch_now(wall, steady, boot)


@given(st.floats(-1e7, 1e7))
@settings(max_examples=30, deadline=None)
def test_a_show_that_was_restarted_is_where_it_would_be_whatever_the_wall_clock_was_set_to(step: float) -> None:
    wall = ANCHOR.show_epoch + 3600.0 + step
    assert wall - epoch_now(wall, 5000.0 + 3600.0, "this boot") == pytest.approx(3600.0, abs=1e-5)


def test_after_the_machine_was_started_again_the_wall_clock_says_where_the_show_is() -> None:
    assert epoch_now(ANCHOR.show_epoch + 7200.0, 40.0, "another boot") == ANCHOR.show_epoch


def test_a_machine_whose_clock_lost_its_battery_goes_on_behind_the_last_message() -> None:
    wall = 1000.0
    assert (wall - epoch_now(wall, 40.0, "another boot", MESSAGES)) * 60 == pytest.approx(201)


def test_every_start_of_the_machine_finds_its_place_in_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    write(path)
    again = ClockAnchor(ANCHOR.show_epoch + 3.0, 17.0, "next boot")
    with Journal.resume(path, read_journal(path), again):
        pass
    recording = read_journal(path)
    assert (recording.anchor, recording.header, recording.messages) == (again, HEADER, MESSAGES)


def test_a_message_after_the_clock_was_set_back_comes_behind_the_old_ones() -> None:
    control = fold(MESSAGES, initial_control(SCORE))
    with Desk(SCORE, DeskOptions()) as desk:
        desk.put(Message(0, 0, "restore", source="keyboard"))
        (message,) = desk.drain(100, control)
    assert (message.frame, message.sequence) == (200, 1)
    assert control.apply(message).panic.at(201) == 1.0


def test_a_journal_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    write(path)
    with pytest.raises(DeviceError, match="--resume"):
        Journal(path, HEADER)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="No such file"):
        Journal(tmp_path / "none" / "evening.journal", HEADER)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (1, ""),
        (1, "{}\n"),
        (1, '{"journal": 2}\n'),
        (1, "nonsense\n"),
        (3, "nonsense\n"),
        (3, '{"frame": 1}\n'),
        (3, '{"frame": 1, "sequence": 0, "kind": "dance"}\n'),
        (3, '{"frame": 1, "sequence": 0, "kind": "set", "value": NaN}\n'),
        (3, '{"frame": "x", "sequence": 0, "kind": "go"}\n'),
        (3, "[]\n"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: int, text: str) -> None:
    path = tmp_path / "evening.journal"
    good = write(path).decode().splitlines(keepends=True)
    path.write_text("".join(good[: line - 1]) + text + ("" if line == 1 else good[-1]))
    with pytest.raises(ScoreError, match=f"evening.journal:{line}: "):
        read_journal(path)


def test_a_show_that_must_go_on_leaves_a_damaged_line_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "evening.journal"
    lines = write(path).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"\0\0\0\n", *lines[2:]]))
    assert read_journal(path, forgiving=True).messages == MESSAGES
    assert "evening.journal:3: this line of the journal is damaged" in caplog.text


def test_a_journal_of_another_score_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    with Journal(path, JournalHeader("f" * 64, "Storm", Fraction(60), ANCHOR)):
        pass
    with pytest.raises(ScoreError, match=r"written for 'Storm' .* but this is 'Tide'"):
        check_score(read_journal(path), SCORE, path)


MESSAGE = st.builds(
    Message,
    frame=st.integers(0, 50),
    sequence=st.integers(0, 3),
    kind=st.sampled_from(["go", "back", "set", "panic", "blackout", "restore", "pause", "resume", "locate", "engage"]),
    target=st.sampled_from(["", "ebb", "flood", "/master", "/p/zoom"]),
    value=st.floats(0.0, 1.0),
    fade_seconds=st.floats(0.0, 3.0),
    source=st.sampled_from(["osc:a", "osc:b", "page", ""]),
)


@given(st.lists(MESSAGE, max_size=20), st.integers())
@settings(max_examples=60, deadline=None)
def test_a_journal_in_any_order_folds_to_the_same_show(messages: list[Message], seed: int) -> None:
    lines = [message_line(message) for message in messages]
    Random(seed).shuffle(lines)
    shuffled = [Message(**json_of(line)) for line in lines]
    assert fold(shuffled, initial_control(SCORE)) == fold(messages, initial_control(SCORE))


def json_of(line: str) -> dict[str, Any]:
    values = json.loads(line)
    assert isinstance(values, dict)
    return values


def played(path: Path, messages: list[Message], max_bytes: int) -> Control:
    """The state that messages lead to, written to a journal that begins anew whenever it has so many bytes."""
    control = initial_control(SCORE)
    with (
        patch.object(journal_module, "MAX_JOURNAL_BYTES", max_bytes),
        Journal(path, HEADER, unattended=True) as journal,
    ):
        for frame, message in enumerate(messages):
            stamped = replace(message, frame=frame, sequence=0)
            control = control.apply(stamped)
            journal.record([stamped])
            if journal.needs_compaction:
                begun = path.stat().st_ino
                journal.compact(Succession(frame, SCORE.digest, SCORE.title, control), 1_800_000_000.0 + frame)
                give_up = time.monotonic() + PATIENCE_SECONDS
                while path.stat().st_ino == begun or not journal._log.size_bytes:  # it has begun, and all know it
                    assert time.monotonic() < give_up
    return control


@given(st.lists(MESSAGE, min_size=1, max_size=10), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_a_journal_that_began_anew_leads_to_the_same_show_as_a_whole_one(messages: list[Message], states: int) -> None:
    with TemporaryDirectory() as folder:
        control = played(Path(folder, "short.jsonl"), messages, states * 1500)
        assert played(Path(folder, "whole.jsonl"), messages, 2**30) == control
        condensed, complete = (read_journal(Path(folder, f"{name}.jsonl")) for name in ("short", "whole"))
        assert condensed.control(SCORE) == complete.control(SCORE) == control
        assert condensed.epoch_now(0.0, 0.0, "") == complete.epoch_now(0.0, 0.0, "")


def test_months_of_a_moving_fader_keep_a_journal_short_and_the_latest_of_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    control = played(path, [Message(0, 0, "set", "/master", step / 600, source="osc:a") for step in range(600)], 4096)
    assert path.stat().st_size < 2 * 4096
    assert len(archived_journals(path)) == MAX_ARCHIVED
    assert all(read_journal(one).messages for one in archived_journals(path))
    assert read_journal(path).control(SCORE) == control


def test_a_desk_lets_a_long_journal_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    monkeypatch.setattr(journal_module, "MAX_JOURNAL_BYTES", 1)
    with Journal(path, HEADER, unattended=True) as journal, Desk(SCORE, DeskOptions(), journal) as desk:
        desk.put(Message(0, 0, "go", source="keyboard"))
        (message,) = desk.drain(42, initial_control(SCORE))
    (older,) = archived_journals(path)
    assert read_journal(older).messages == (message,)
    assert read_journal(path).messages == ()
    assert read_journal(path).control(SCORE) == initial_control(SCORE).apply(message)


def test_a_journal_that_is_kept_to_be_filmed_holds_the_whole_evening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "MAX_JOURNAL_BYTES", 1)
    with Journal(tmp_path / "evening.journal", HEADER) as journal:
        journal.record(MESSAGES)
        assert not journal.needs_compaction


def test_a_crash_or_a_power_cut_at_any_step_of_beginning_anew_leaves_the_whole_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.jsonl"
    control = fold(MESSAGES, initial_control(SCORE))
    states: list[object] = []
    looking: list[bool] = []

    def look() -> None:
        looking.append(True)
        states.append(read_journal(path).control(SCORE))
        looking.clear()

    def watched(step: Callable[..., object]) -> Callable[..., object]:
        def taken(*arguments: object, **options: object) -> object:
            if looking:  # the reader's own steps
                return step(*arguments, **options)
            look()
            done = step(*arguments, **options)
            look()
            return done

        return taken

    with Journal(path, HEADER) as journal:
        journal.record(MESSAGES)
        for name in ("open", "write", "fsync", "ftruncate", "link", "replace", "close"):
            monkeypatch.setattr(os, name, watched(getattr(os, name)))
        journal.compact(Succession(200, SCORE.digest, SCORE.title, control), 1_800_000_000.0)
    assert len(states) > 12
    assert all(state == control for state in states)
    assert not read_journal(path).messages


def test_what_the_opening_hours_said_last_is_known_in_a_journal_that_began_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    said = Message(300, 0, "blackout", fade_seconds=5.0, source="hours:closed")
    with Journal(path, HEADER) as journal:
        journal.record((*MESSAGES, said))
        control = fold((*MESSAGES, said), initial_control(SCORE))
        journal.compact(Succession(300, SCORE.digest, SCORE.title, control), 1_800_000_000.0)
    recording = read_journal(path)
    assert recording.earlier == (said,)
    assert recording.control(SCORE) == control
    with Journal.resume(path, recording, ANCHOR) as journal:
        journal.compact(Succession(300, SCORE.digest, SCORE.title, control), 1_800_000_001.0)
    assert read_journal(path).earlier == (said,)


def test_only_the_newest_of_the_older_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.touch()
    for number in range(MAX_ARCHIVED + 3):
        archive(path, 1_800_000_000.0 + number)
    assert archived_journals(path)[-1].name == "journal-000027-20270115T080026.000000Z.jsonl"
    assert len(archived_journals(path)) == MAX_ARCHIVED
