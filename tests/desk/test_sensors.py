"""A sensor moves a parameter from within the score, whatever the desk file says."""

from __future__ import annotations

import math
from dataclasses import replace

from installation.desk.addresses import AddressSpace
from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import encode_message
from installation.show.control import initial_control
from installation.show.score import Parameter, Score, SensorInput
from tests.desk.scores import tide

SENSOR = Peer("udp", "127.0.0.1", 5000)


def listening(*inputs: SensorInput) -> Score:
    return replace(
        tide(), parameters=tuple(Parameter(f"p{index}", 0.0, 0.0, 2.0, osc=one) for index, one in enumerate(inputs))
    )


def moved(desk: Desk, score: Score, address: str, *values: float) -> dict[str, float]:
    control = initial_control(score)
    desk.intake.receive([encode_message(address, value) for value in values], SENSOR)
    return {one.target: one.value for one in desk.drain(0, control)}


def test_a_sensor_moves_a_parameter_by_its_own_range() -> None:
    score = listening(SensorInput("/sensor/distance", 400.0, 60.0))
    with Desk(score, DeskOptions()) as desk:
        assert moved(desk, score, "/sensor/distance", 400) == {"/p/p0": 0.0}
        assert moved(desk, score, "/Sensor/Distance", 230.0) == {"/p/p0": 1.0}
        assert moved(desk, score, "/sensor/distance", 300.0, 200.0, 60.0) == {"/p/p0": 2.0}


def test_beyond_its_ends_a_sensor_stays_at_them_and_what_is_no_number_is_refused() -> None:
    score = listening(SensorInput("/sensor", 0.0, 10.0))
    with Desk(score, DeskOptions()) as desk:
        assert moved(desk, score, "/sensor", 4.0, 1000.0) == {"/p/p0": 2.0}
        assert moved(desk, score, "/sensor", -3) == {"/p/p0": 0.0}
        assert moved(desk, score, "/sensor", math.nan) == {}
        assert moved(desk, score, "/other", 1.0) == {}


def test_an_edited_score_listens_to_its_own_sensors() -> None:
    old, new = listening(SensorInput("/old")), listening(SensorInput("/new", 0.0, 4.0))
    with Desk(old, DeskOptions()) as desk:
        assert moved(desk, old, "/old", 0.5) == {"/p/p0": 1.0}
        desk.play(new, AddressSpace(new))
        assert moved(desk, new, "/old", 0.5) == {}
        assert moved(desk, new, "/new", 2.0) == {"/p/p0": 1.0}
