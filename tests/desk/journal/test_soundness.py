"""A damaged or forged journal: what is sound of it is gone on with, the rest is put aside, and the show plays."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.journal.journal import Journal, Recording
from installation.desk.journal.journal_lines import (
    ClockAnchor,
    JournalHeader,
    Succession,
    header_line,
    message_line,
    succession_line,
)
from installation.desk.journal.resume import resumable_recording
from installation.show.control import Message, fold, initial_control
from installation.show.evaluate import evaluate
from tests.desk.scores import tide

NOON = 1795608000.0
SCORE = tide()
HEADER = JournalHeader.of(SCORE, ClockAnchor(NOON, 0.0, "a boot"))
MESSAGES = [Message(60 * place, 0, "set", "/master", place / 100, 1.0, "osc:10.0.0.5") for place in range(1, 40)]


def resumed(journal: Path, *, steady_seconds: float = 3_600.0) -> Recording | None:
    return resumable_recording(journal, SCORE, NOON + steady_seconds, lambda: steady_seconds, lambda: "a boot")


def written(journal: Path, lines: list[str]) -> Path:
    journal.write_text("".join(lines))
    return journal


def lines_of(messages: list[Message]) -> list[str]:
    return [header_line(HEADER), *map(message_line, messages)]


def is_playable(recording: Recording | None) -> bool:
    if recording is None:
        return True
    control = recording.succession.control if recording.succession else initial_control(SCORE)
    for message in recording.messages:
        control = control.apply(message)
    assert control == recording.control(SCORE)
    frame = max(int(Fraction(3_600.0) * SCORE.fps), 0)
    return evaluate(SCORE, frame, control).number == frame


@pytest.mark.parametrize("stamp", [60 * 3, 60 * 900, 7, 60 * 20 + 60_000_000])
def test_one_flipped_digit_of_one_stamp_costs_that_message_only(tmp_path: Path, stamp: int) -> None:
    wrong = [*MESSAGES[:19], replace(MESSAGES[19], frame=stamp), *MESSAGES[20:]]
    recording = resumed(written(tmp_path / "journal.jsonl", lines_of(wrong)))
    assert recording is not None
    assert recording.messages == (*MESSAGES[:19], *MESSAGES[20:])
    assert recording.left_out == 1


def test_a_last_stamp_that_this_start_of_the_machine_cannot_have_reached_is_left_out(tmp_path: Path) -> None:
    wrong = [*MESSAGES, Message(60 * 86_400 * 365, 0, "pause")]
    recording = resumed(written(tmp_path / "journal.jsonl", lines_of(wrong)))
    assert recording is not None
    assert recording.messages == tuple(MESSAGES)


def test_messages_are_gone_on_with_in_the_order_of_their_stamps(tmp_path: Path) -> None:
    same_frame = [Message(60, sequence, "set", "/master", sequence / 10) for sequence in (0, 1, 1, 2)]
    recording = resumed(written(tmp_path / "journal.jsonl", lines_of(same_frame)))
    assert recording is not None
    assert recording.control(SCORE) == fold(same_frame, initial_control(SCORE))


@pytest.mark.parametrize(
    "line",
    [
        '{"frame": 60.5, "sequence": 0, "kind": "go"}',
        '{"frame": ' + "9" * 400 + ', "sequence": 0, "kind": "go", "target": "flood"}',
        '{"frame": ' + "9" * 5_000 + ', "sequence": 0, "kind": "go"}',
        '{"frame": -60, "sequence": 0, "kind": "go", "target": "flood"}',
        '{"frame": 60, "sequence": 0, "kind": "set", "target": "/master", "value": NaN}',
        '{"frame": 60, "sequence": 0, "kind": "set", "target": ["/master"], "value": 1.0}',
        '{"frame": 60, "sequence": 0, "kind": "set", "target": "/master", "hold_seconds": "long"}',
        '{"frame": 60, "sequence": 0, "kind": "locate", "value": 1e308}',
        '{"frame": 60, "sequence": 0, "kind": "rate", "value": 1e300}',
        '{"anchor": {"show_epoch": 1e300, "steady_epoch": 0}}',
        '{"anchor": 3}',
        '{"succession": {"frame": 1, "score": "x", "title": "", "control": {"fps": "1e999999999"}}}',
        "[" * 100_000,
        '{"frame": 60, "sequence": 0, "kind": "go\\u0000"}',
        "null",
        "3",
    ],
)
def test_a_line_that_does_not_fit_is_put_aside_and_the_rest_plays(tmp_path: Path, line: str) -> None:
    lines = lines_of(MESSAGES)
    recording = resumed(written(tmp_path / "journal.jsonl", [*lines[:5], line + "\n", *lines[5:]]))
    assert recording is not None
    assert set(MESSAGES) <= set(recording.messages)
    assert is_playable(recording)


def test_a_state_of_control_that_is_not_this_scores_is_left_out(tmp_path: Path) -> None:
    control = replace(initial_control(SCORE), faders={}, fps=Fraction(7))
    forged = succession_line(Succession(1, SCORE.digest, SCORE.title, control))
    recording = resumed(
        written(tmp_path / "journal.jsonl", [header_line(HEADER), forged, *map(message_line, MESSAGES)])
    )
    assert recording is not None
    assert recording.succession is None
    assert recording.messages == tuple(MESSAGES)


def test_a_state_of_control_that_fits_is_gone_on_with(tmp_path: Path) -> None:
    control = fold(MESSAGES[:20], initial_control(SCORE))
    state = succession_line(Succession(60 * 20, SCORE.digest, SCORE.title, control))
    journal = written(tmp_path / "journal.jsonl", [header_line(HEADER), state, *map(message_line, MESSAGES[20:])])
    recording = resumed(journal)
    assert recording is not None
    assert recording.left_out == 0
    assert recording.control(SCORE) == fold(MESSAGES, initial_control(SCORE))


def test_the_state_of_an_earlier_version_gets_the_faders_that_came_since(tmp_path: Path) -> None:
    whole = fold(MESSAGES[:20], initial_control(SCORE))
    known = dict(whole.faders)
    later = next(address for address in known if address != "/master")
    del known[later]
    state = succession_line(Succession(60 * 20, SCORE.digest, SCORE.title, replace(whole, faders=known)))
    recording = resumed(written(tmp_path / "journal.jsonl", [header_line(HEADER), state]))
    assert recording is not None
    assert recording.left_out == 0
    assert recording.control(SCORE) == whole


@pytest.mark.parametrize("fps", ["1e999999999", "1/0", "0", "9" * 400, "NaN", "-60", "60/1/1"])
def test_a_forged_frame_rate_is_refused_at_once(tmp_path: Path, fps: str) -> None:
    header = json.loads(header_line(HEADER)) | {"fps": fps}
    journal = written(tmp_path / "journal.jsonl", [json.dumps(header) + "\n", message_line(MESSAGES[0])])
    assert resumed(journal) is None
    assert not journal.exists()


def test_a_pipe_in_the_place_of_the_journal_is_put_aside_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(journal := tmp_path / "journal.jsonl")
    assert resumed(journal) is None
    assert not journal.exists()
    os.mkfifo(journal)
    Journal(journal, HEADER, unattended=True).close()


@given(st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_whatever_bits_a_disk_flips_the_show_plays(seed: int, flips: int) -> None:
    chance = random.Random(seed)
    state = succession_line(Succession(0, SCORE.digest, SCORE.title, initial_control(SCORE)))
    data = bytearray("".join([header_line(HEADER), state, *map(message_line, MESSAGES[:8])]).encode())
    for _ in range(flips):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    with TemporaryDirectory() as folder:
        journal = Path(folder, "journal.jsonl")
        journal.write_bytes(data)
        assert is_playable(resumed(journal))
