"""A room's sensors at the desk: MQTT, buttons, a camera's motion; each played by a stand-in."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from installation.desk.desk import Desk, DeskOptions
from installation.desk.desk_file import read_desk_file
from installation.desk.devices import DeviceSystems
from installation.desk.sensors.buttons import ButtonDevice
from installation.desk.sensors.motion import BLIND_SECONDS, MotionCamera, MotionMeter, open_camera
from installation.desk.sensors.mqtt import Broker, Hears, matches
from installation.desk.sensors.reading import number_in
from installation.errors import DeviceError, ScoreError
from installation.show.control import initial_control
from tests.desk.console import PATIENCE_SECONDS, drain
from tests.desk.scores import tide

SCORE = tide()

DESK = """
name: A room
mqtt:
  broker: 10.0.0.7
  topics:
    museum/+/distance:
      to: /p/zoom
      range: [400, 0]
    zigbee/door contact.open: /go
    museum/panic: /panic
buttons:
  device: pedal
  keys:
    KEY_SPACE: /go
    KEY_B: /back
camera:
  motion:
    to: /p/warmth
"""


class Room:
    """Everything that a machine could have, played by a test."""

    def __init__(self) -> None:
        self.hears: Hears = lambda _topic, _payload: None
        self.broker: Broker | None = None
        self.presses_waiting: queue.SimpleQueue[tuple[str, bool] | None] = queue.SimpleQueue()
        self.pictures: queue.SimpleQueue[NDArray[np.uint8] | None] = queue.SimpleQueue()
        self.opened = 0

    @property
    def machine(self) -> DeviceSystems:
        return DeviceSystems(buttons=self, mqtt=self.connect, camera=lambda _: self)

    def connect(self, broker: Broker, hears: Hears, stack: ExitStack) -> None:
        self.broker, self.hears = broker, hears
        stack.callback(setattr, self, "broker", None)

    def names(self) -> tuple[str, ...]:
        return ("foot pedal",)

    def open(self, wanted: str) -> ButtonDevice:
        assert wanted == "pedal"
        self.opened += 1
        return self

    def presses(self) -> Iterator[tuple[str, bool]]:
        while (press := self.presses_waiting.get()) is not None:
            yield press

    def look(self) -> NDArray[np.uint8] | None:
        return self.pictures.get()

    def close(self) -> None:
        self.presses_waiting.put(None)
        self.pictures.put(None)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    room = Room()
    monkeypatch.setattr(Desk, "machine", room.machine)
    monkeypatch.setattr("installation.desk.sensors.motion.LOOKS_PER_SECOND", 1_000.0)
    return room


@pytest.fixture
def desk(room: Room, tmp_path: Path) -> Iterator[Desk]:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK)
    with Desk(SCORE, DeskOptions(map_file=file)) as desk:
        yield desk
        room.close()  # else the threads that read would wait for ever


def played(desk: Desk) -> list[tuple[str, str, float]]:
    return [(one.kind, one.target, round(one.value, 4)) for one in drain(desk, initial_control(SCORE), 0)[1]]


def wait_until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.001)  # gives way to the thread that is waited for


def test_a_distance_by_mqtt_moves_a_parameter(desk: Desk, room: Room) -> None:
    assert room.broker is not None
    assert set(room.broker.topics) == {"museum/+/distance", "zigbee/door", "museum/panic"}
    room.hears("museum/hall/distance", b"100")
    assert played(desk) == [("set", "/p/zoom", 7.0)]
    room.hears("museum/hall/distance", b"1e6")  # nobody near: the end of the range
    assert played(desk) == [("set", "/p/zoom", 1.0)]


def test_a_field_of_json_presses_once(desk: Desk, room: Room) -> None:
    for said in (b'{"contact": {"open": false}}', b'{"contact": {"open": true}}', b'{"contact": {"open": true}}'):
        room.hears("zigbee/door", said)
    assert played(desk) == [("go", "flood", 0.0)]


@pytest.mark.parametrize("payload", [b"", b"near", b"nan", b"\xff", b"x" * 5_000])
def test_a_payload_that_is_no_number_is_counted(desk: Desk, room: Room, payload: bytes) -> None:
    room.hears("museum/hall/distance", payload)
    assert played(desk) == []
    assert desk.statistics().refused == {"wrong type": 1}


@pytest.mark.parametrize("digits", [400, 4_000])
def test_a_number_without_an_end_is_none(digits: int) -> None:
    for payload, field in ((b"9" * digits, ""), (b'{"a": ' + b"9" * digits + b"}", "a")):
        with pytest.raises(ValueError, match="is not a number"):
            number_in(payload, field)


@given(st.binary(max_size=60), st.sampled_from(("", "a", "a.b")))
@settings(max_examples=200, deadline=None)
def test_any_payload_is_a_number_or_refused(payload: bytes, field: str) -> None:
    for said in (payload, b'{"a":' + payload + b"}"):
        with suppress(ValueError):
            assert np.isfinite(number_in(said, field))


@pytest.mark.parametrize(
    ("wanted", "topic", "fits"),
    [
        ("a/b", "a/b", True),
        ("a/+/c", "a/b/c", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a/b/c", True),
        ("#", "a", True),
        ("a/b/c", "a/b", False),
    ],
)
def test_wildcards_are_those_of_mqtt(wanted: str, topic: str, fits: bool) -> None:
    assert matches(wanted, topic) is fits


def test_a_pedal_presses_and_comes_back_after_it_was_pulled_out(desk: Desk, room: Room) -> None:
    for press in (("KEY_SPACE", True), ("KEY_SPACE", False), ("KEY_A", True), ("KEY_B", True)):
        room.presses_waiting.put(press)
    wait_until(lambda: desk.statistics().received >= 3)
    assert [kind for kind, _, _ in played(desk)] == ["go", "back"]
    room.presses_waiting.put(None)  # pulled out
    service = next(one for one in desk.services if "pedal" in one._what)
    wait_until(lambda: service.step() and room.opened == 2)
    room.presses_waiting.put(("KEY_SPACE", True))
    wait_until(lambda: desk.statistics().received >= 4)
    assert [kind for kind, _, _ in played(desk)] == ["go"]


def test_what_moves_before_a_camera_moves_a_parameter(desk: Desk, room: Room) -> None:
    still = np.full((48, 64), 100, np.uint8)
    walker = still.copy()
    walker[:, 8:16] = 200  # an eighth of the picture: half of what counts as all
    for picture in (still, still, walker):
        room.pictures.put(picture)
    wait_until(lambda: desk.statistics().received >= 2)
    assert played(desk) == [("set", "/p/warmth", 0.5)]


def test_neither_noise_nor_a_lamp_is_motion() -> None:
    chance, meter = np.random.default_rng(1), MotionMeter()
    dim, bright = (chance.integers(low, low + 8, (48, 64)).astype(np.uint8) for low in (60, 140))
    assert [meter.look(picture, 0.0) for picture in (dim, dim[::-1], bright, bright[::-1])] == [0.0] * 4


def test_a_camera_that_sees_nothing_is_known_by_it() -> None:
    meter, black = MotionMeter(), np.zeros((48, 64), np.uint8)
    for second in range(int(BLIND_SECONDS) + 2):
        meter.look(black, float(second))
    assert meter.is_blind
    meter.look(black + 90, 100.0)
    assert not meter.is_blind


def test_a_camera_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="does not open"):
        open_camera(str(tmp_path / "video9"))


def test_sensors_that_are_not_there_do_not_hold_the_show_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nowhere(*_: object) -> MotionCamera:
        raise DeviceError("it is not there")

    class Bare(Room):
        def open(self, wanted: str) -> ButtonDevice:
            raise DeviceError(f"no input device has {wanted!r} in its name")

    machine = DeviceSystems(buttons=Bare(), mqtt=lambda *_: nowhere(), camera=nowhere)
    monkeypatch.setattr(Desk, "machine", machine)
    file = tmp_path / "desk.yaml"
    file.write_text(DESK)
    with Desk(SCORE, DeskOptions(map_file=file)) as desk:
        assert len(desk.missing) == 3
        assert played(desk) == []


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("mqtt: {broker: 10.0.0.7, topics: {a/#/b: /go}}", "is not a topic"),
        ("mqtt: {broker: 10.0.0.7, topics: {a+: /go}}", "is not a topic"),
        ("mqtt: {topics: {a: /go}}", "'broker' is missing"),
        ("buttons: {device: pedal, keys: {SPACE: /go}}", "is not a key"),
        ("camera: {}", "'motion' is missing"),
        ("camera: {motion: {to: /nowhere}}", "not an address"),
    ],
)
def test_a_part_that_is_wrong_is_told_with_its_line(tmp_path: Path, part: str, sentence: str) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(f"name: A room\n{part}\n")
    with pytest.raises(ScoreError) as mistakes:
        read_desk_file(file)
    assert sentence in str(mistakes.value)
