"""What arrives for a control, and what it becomes."""

from __future__ import annotations

import math
import struct
from dataclasses import replace

import pytest

from installation.desk.addresses import AddressSpace
from installation.desk.message_checks import messages_for
from installation.desk.network.osc_wire import Argument
from installation.errors import RefusedError
from installation.show.control import Message
from installation.show.score import Parameter
from tests.desk.scores import tide

SPACE = AddressSpace(tide())


def arrives(address: str, *arguments: Argument) -> list[Message]:
    return messages_for(SPACE, address, arguments, "osc:10.0.0.5")


def value_of(address: str, *arguments: Argument) -> float:
    (message,) = arrives(address, *arguments)
    return message.value


@pytest.mark.parametrize(
    ("argument", "level"),
    [(0.5, 0.5), (0.0, 0.0), (1.0, 1.0), (50, 0.5), (100, 1.0), (1, 0.01), (0, 0.0), (True, 1.0), (False, 0.0)],
)
def test_a_float_is_a_fraction_and_an_int_is_percent(argument: Argument, level: float) -> None:
    assert value_of("/master", argument) == pytest.approx(level)


@pytest.mark.parametrize(("argument", "level"), [(255, 1.0), (0, 0.0), (51, 0.2), (127.5, 0.5)])
def test_dmx_is_0_to_255(argument: Argument, level: float) -> None:
    assert value_of("/master/dmx", argument) == pytest.approx(level)
    assert arrives("/master/dmx", argument)[0].target == "/master"


def test_a_parameter_takes_a_fraction_of_its_range_or_its_own_units() -> None:
    assert value_of("/p/zoom", 0.5) == 5.0
    assert value_of("/p/zoom", 100) == 9.0
    assert value_of("/p/zoom/dmx", 255) == 9.0
    assert value_of("/p/zoom/value", 2.5) == 2.5


@pytest.mark.parametrize(
    ("address", "arguments", "reason"),
    [
        ("/master", (1.4,), "out of range"),
        ("/master", (101,), "out of range"),
        ("/master", (-0.1,), "out of range"),
        ("/master/dmx", (256,), "out of range"),
        ("/master", (math.nan,), "not finite"),
        ("/master", (math.inf,), "not finite"),
        ("/master", ("0.5",), "wrong type"),
        ("/master", (b"\0",), "wrong type"),
        ("/master", (None,), "wrong type"),
        ("/master", (), "wrong type"),
        ("/master", (0.5, math.nan), "not finite"),
        ("/master", (0.5, -1.0), "out of range"),
        ("/master", (0.5, "slowly"), "wrong type"),
        ("/p/zoom/value", (9.5,), "out of range"),
        ("/locate", (-1.0,), "out of range"),
        ("/locate", (math.nan,), "not finite"),
        ("/rate", (1e9,), "out of range"),
        ("/engage", (0.5,), "out of range"),
        ("/go", (math.nan,), "not finite"),
        ("/panic", (1.0, math.inf), "not finite"),
        ("/mastr", (0.5,), "unknown address"),
        ("/cue/nonesuch/go", (), "no such cue"),
        ("/cue/nonesuch/load", (), "no such cue"),
        ("/standby/nonesuch", (), "no such cue"),
        ("/cue/ebb/gone", (), "unknown address"),
        ("/cue", (), "unknown address"),
        ("/", (), "unknown address"),
        ("/atlas", (), "unknown address"),
        ("/p/*/nothing", (1.0,), "unknown address"),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_reason(
    address: str, arguments: tuple[Argument, ...], reason: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        arrives(address, *arguments)
    assert refused.value.reason == reason


def test_limits_hold_for_single_precision() -> None:
    """A console's `f` has 24 bits: 0.7 arrives as 0.699999988."""
    low, high = struct.unpack(">ff", struct.pack(">ff", 0.7, 0.1))
    assert low < 0.7
    assert high > 0.1
    score = replace(tide(), parameters=(Parameter("low", 0.8, 0.7, 0.9), Parameter("high", 0.0, 0.0, 0.1)))
    space = AddressSpace(score)
    assert [one.value for one in messages_for(space, "/p/low/value", (low,), "")] == [0.7]
    assert [one.value for one in messages_for(space, "/p/high/value", (high,), "")] == [0.1]
    with pytest.raises(RefusedError, match="out of range"):
        messages_for(space, "/p/low/value", (0.6999,), "")


@pytest.mark.parametrize("arguments", [(), (1,), (1.0,), (0.3,), (True,), ("go",), (None,), (7, 0), ("x", "y")])
def test_a_trigger_fires(arguments: tuple[Argument, ...]) -> None:
    assert [message.kind for message in arrives("/go", *arguments)] == ["go"]


@pytest.mark.parametrize("released", [0, 0.0, -0.0, False])
def test_a_button_released_does_nothing(released: Argument) -> None:
    assert arrives("/go", released) == []


@pytest.mark.parametrize("address", ["/go", "/GO", "/atlas/go", "/Atlas/Go", "/go/"])
def test_the_prefix_and_the_case_do_not_matter(address: str) -> None:
    assert [message.kind for message in arrives(address)] == ["go"]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/cue/flood/go", "flood"),
        ("/cue/2/go", "flood"),
        ("/standby/slack", "slack"),
        ("/standby/3", "slack"),
        ("/out/1/level", "/out/left/level"),
        ("/layer/SEA/opacity", "/layer/sea/opacity"),
        ("/p/2/dmx", "/p/zoom"),
    ],
)
def test_an_index_counts_from_one_and_stands_for_a_name(address: str, target: str) -> None:
    assert [message.target for message in arrives(address, 1)] == [target]


def test_an_index_never_stands_for_a_cue_where_cues_are_numbers() -> None:
    """GO 2 must not start the second cue of a show whose cues are 10, 20 and 30."""
    score = tide()
    numbered = [type(cue)(str(10 * n), cue.name, cue.duration, cue.layers) for n, cue in enumerate(score.cues, 1)]
    space = AddressSpace(type(score)(score.title, score.fps, score.outputs, tuple(numbered)))
    assert [message.target for message in messages_for(space, "/cue/20/go", (), "")] == ["20"]
    with pytest.raises(RefusedError, match="no cue '2'"):
        messages_for(space, "/cue/2/go", (), "")


def test_a_pattern_means_every_control_that_it_matches() -> None:
    assert [message.target for message in arrives("/out/*/level", 0.25)] == ["/out/left/level", "/out/right/level"]
    assert [message.target for message in arrives("/cue/{ebb,slack}/load")] == ["ebb", "slack"]


def test_a_second_value_is_a_fade_and_then_come_hold_and_release() -> None:
    (message,) = arrives("/p/warmth", 1.0, 2.0, 30, 4.0)
    assert (message.fade_seconds, message.hold_seconds, message.release_seconds) == (2.0, 30.0, 4.0)
    (message,) = arrives("/master", 0.5)
    assert (message.fade_seconds, message.hold_seconds) == (0.0, None)


def test_panic_fades_by_itself_or_in_the_time_that_is_sent() -> None:
    assert arrives("/panic")[0].fade_seconds == 3.0
    assert arrives("/panic", 1, 0.5)[0].fade_seconds == 0.5
    assert arrives("/blackout", 1.0)[0].fade_seconds == 0.0


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("ebb",), [("audition", "ebb")]),
        ((), [("audition", "")]),
        ((1,), [("audition", "")]),
        ((0.0,), []),
        (("",), [("return", "")]),
    ],
)
def test_an_audition_takes_a_cues_id_or_a_press_and_an_empty_text_ends_it(
    arguments: tuple[Argument, ...], asked: list[tuple[str, str]]
) -> None:
    arrived = arrives("/out/left/audition", *arguments)
    assert [(message.kind, message.target) for message in arrived] == asked
    assert {message.output for message in arrived} <= {"left"}


def test_every_output_returns_at_once() -> None:
    assert [(one.kind, one.output) for one in arrives("/out/*/return", 1)] == [("return", "left"), ("return", "right")]
