"""The one table of what can be controlled."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from installation.errors import RefusedError
from installation.show.control import Message, initial_control
from installation.show.controls import CONTROLS, check_value, controls_of
from installation.show.score import Parameter, Score
from tests.show.scores import three_cues


def warm() -> Score:
    return replace(three_cues(), parameters=(Parameter("warmth", 20.0, -10.0, 40.0, "How warm it looks."),))


def test_the_table_is_spelled_out_for_a_score() -> None:
    controls = controls_of(warm())
    assert controls["/cue/b/go"].target == "b"
    assert controls["/standby/c"].kind == "load"
    warmth = controls["/p/warmth"]
    assert (warmth.low, warmth.high, warmth.default, warmth.about) == (-10.0, 40.0, 20.0, "How warm it looks.")
    assert not any("{" in address or "{" in row.target for address, row in controls.items())


def test_every_fader_of_the_table_is_one_of_the_state_and_back() -> None:
    rows = {address: row for address, row in controls_of(warm()).items() if row.kind == "set"}
    assert rows.keys() == initial_control(warm()).faders.keys()
    assert all(initial_control(warm()).value_at(address, 0) == row.default for address, row in rows.items())


def test_every_control_has_a_sentence_and_does_something() -> None:
    for row in CONTROLS:
        assert row.about.endswith("."), row.address
    control = initial_control(warm())
    for row in controls_of(warm()).values():
        if row.kind == "sync" or row.kind in ("go", "back", "next", "previous", "audition", "return"):
            continue  # these ask, mean a cue that only the transport knows, or end what has to begin first
        assert control.apply(Message(1, 0, row.kind, row.target, row.low)).ignored == 0, row.address


def test_values_in_range_pass_as_they_are() -> None:
    controls = controls_of(warm())
    assert check_value(controls["/p/warmth"], -10.0) == -10.0
    assert check_value(controls["/master"], 1.0) == 1.0
    assert check_value(controls["/engage"], 0.0) == 0.0


@pytest.mark.parametrize(
    ("address", "value", "sentence"),
    [
        ("/p/warmth", 41.0, "/p/warmth: 41 is out of range; allowed is -10 to 40"),
        ("/master", -0.01, "/master: -0.01 is out of range; allowed is 0 to 1"),
        ("/master", math.nan, "/master: nan is not a number; allowed is 0 to 1"),
        ("/rate", math.inf, "/rate: inf is not a number; allowed is 0.1 to 16 x"),
        ("/locate", -1.0, "/locate: -1 is out of range; allowed is 0 to 2.6784e+06 s"),
        ("/engage", 0.5, "/engage: 0.5 is neither 0 nor 1"),
    ],
)
def test_other_values_are_refused_with_a_sentence(address: str, value: float, sentence: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_value(controls_of(warm())[address], value)
    assert str(refused.value) == sentence
