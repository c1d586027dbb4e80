"""What machines say to each other is read back as it was said, and nothing else is."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.desk.journal.journal_lines import Succession
from installation.fleet.replica import ReplicaEntry
from installation.fleet.wire import (
    HouseState,
    entry_line,
    known_line,
    read_entries,
    read_entry,
    read_known,
    read_state,
    read_status,
    state_lines,
)
from installation.show.control import Message, initial_control
from tests.show.scores import three_cues

SCORE = three_cues()
ENTRY = ReplicaEntry("attic:17", 3, Message(40, 1, "go", "b", source="osc:10.0.0.4", machine="attic"))


def test_an_entry_comes_as_it_was_sent() -> None:
    assert read_entry(entry_line(ENTRY)) == ENTRY
    assert read_entries(entry_line(ENTRY) * 2) == (ENTRY, ENTRY)


BASE = Succession(12, SCORE.digest, SCORE.title, initial_control(SCORE))
STATE = HouseState(1.7e9, Fraction(30_000, 1001), BASE, (ENTRY,), {"attic:17": 4})


def test_a_state_comes_as_it_was_sent() -> None:
    assert read_state(state_lines(STATE)) == STATE


def test_what_somebody_has_comes_as_it_was_sent() -> None:
    assert read_known(known_line({"attic:17": 4})) == {"attic:17": 4}


@pytest.mark.parametrize("known", [b"[]", b'{"a": -1}', b'{"a": true}', b'{"a": 1e3}', b"{" * 100_000])
def test_a_count_that_is_none_is_refused(known: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_known(known)


def test_another_protocol_is_named() -> None:
    data = state_lines(HouseState(0.0, Fraction(30), Succession(0, "", "", initial_control(SCORE)), (), {}))
    with pytest.raises(ValueError, match="protocol 99; this player speaks 1"):
        read_state(data.replace(b'"protocol": 1', b'"protocol": 99'))


@given(st.binary(max_size=200))
def test_noise_is_refused_with_a_sentence(data: bytes) -> None:
    for read in (read_entry, read_state, read_known, read_status):
        try:
            read(data)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("field", "value"), [("fps", "1e999999999"), ("fps", "0"), ("epoch", "NaN"), ("epoch", "1e300"), ("epoch", "[]")]
)
def test_a_state_whose_numbers_are_none_is_refused_at_once(field: str, value: str) -> None:
    head, rest = state_lines(STATE).split(b"\n", 1)
    said = json.loads(head)
    data = head.replace(json.dumps(said[field]).encode(), (json.dumps(value) if field == "fps" else value).encode())
    assert data != head
    with pytest.raises(ValueError, match=r"not a frame rate|not a time|damaged"):
        read_state(data + b"\n" + rest)
