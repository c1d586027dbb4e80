"""The short way comes to the same as the whole way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import encode_message
from installation.show.control import initial_control
from tests.desk.scores import tide

SCORE = tide()
CONSOLE = Peer("udp", "127.0.0.1", 5000)

ADDRESSES = ("/master", "/atlas/MASTER", "/master/dmx", "/p/zoom", "/p/2", "/p/zoom/value", "/out/*/level", "/rate")
VALUES = st.one_of(st.floats(-0.5, 1.5, width=32), st.integers(-5, 300), st.sampled_from([0.0, 1.0, 100, 255]))


@given(st.lists(st.tuples(st.sampled_from(ADDRESSES), VALUES), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_sweep_ends_where_its_messages_one_by_one_would(moves: list[tuple[str, float | int]]) -> None:
    packets = [encode_message(address, value) for address, value in moves]
    with Desk(SCORE, DeskOptions()) as one_by_one, Desk(SCORE, DeskOptions()) as swept:
        slow = initial_control(SCORE)
        for packet in packets:
            one_by_one.intake._parse(packet, CONSOLE)  # nothing is remembered before it is read
            for message in one_by_one.drain(0, slow):
                slow = slow.apply(message)
        swept.intake.receive(packets, CONSOLE)  # learns
        swept.intake.receive(packets, CONSOLE)
        fast = initial_control(SCORE)
        for message in swept.drain(0, fast):
            fast = fast.apply(message)
        assert {address: fast.value_at(address, 1) for address in fast.faders} == {
            address: slow.value_at(address, 1) for address in slow.faders
        }
        figures = swept.statistics()
        assert figures.received == 2 * len(packets)
        assert sum(figures.refused.values()) == 2 * sum(one_by_one.statistics().refused.values())
        assert figures.queued == figures.applied + figures.coalesced


def test_faders_and_buttons_keep_their_order() -> None:
    packets = [
        encode_message("/master", 0.1),
        encode_message("/standby/slack"),
        encode_message("/master", 0.2),
        encode_message("/engage", 0),
        encode_message("/master", 0.3),
        encode_message("/standby/ebb"),
    ]
    with Desk(SCORE, DeskOptions()) as desk:
        for _ in range(3):
            desk.intake.receive(packets, CONSOLE)
        kinds = [message.kind for message in desk.drain(0, initial_control(SCORE))]
        assert kinds == ["load", "engage", "load"] * 2 + ["load", "engage", "set", "load"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5, -0.5])
def test_a_wrong_value_in_a_sweep_is_refused_and_the_right_one_before_it_stays(value: float) -> None:
    sweep = [encode_message("/master", 0.1), encode_message("/master", 0.2), encode_message("/master", value)]
    with Desk(SCORE, DeskOptions()) as desk:
        desk.intake.receive(sweep, CONSOLE)
        (message,) = desk.drain(0, initial_control(SCORE))
        assert message.value == pytest.approx(0.2)
        assert sum(desk.statistics().refused.values()) == 1
