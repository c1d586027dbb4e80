"""MIDI controllers at the desk: what is played moves the show, and the show moves lights and faders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.desk import Desk, DeskOptions
from installation.desk.desk_file import read_desk_file
from installation.desk.devices import DeviceSystems
from installation.desk.midi.controller import share_shown
from installation.desk.midi.messages import ChannelReader, Heard, MidiControl, place_of
from installation.desk.midi.ports import RtMidi, find_port
from installation.desk.midi.show_control import read_machine_control, read_show_control
from installation.desk.show_values import ShowValues
from installation.errors import DeviceError, ScoreError
from installation.show.control import Control, initial_control
from tests.desk.console import drain
from tests.desk.scores import tide

SCORE = tide()

DESK = """
name: A controller
midi:
  port: nano
  show_control: 7
  machine_control: 7
  map:
    note 60: /go
    note 61 on 2: /cue/slack/go
    control 7: /master
    control 16-48: /p/zoom
    control 20: /back
    program {cue}: /cue/{cue}/go
    bend: /p/warmth
"""


class StandIn:
    """A machine with controllers that a test plays; `sent` is what their lights were told."""

    def __init__(self, *names: str) -> None:
        self.there = names
        self.sent: list[bytes] = []
        self.hear: Callable[[bytes], object] = len
        self.is_open = False

    def names(self) -> tuple[str, ...]:
        return self.there

    def open(self, name: str, hear: Callable[[bytes], object]) -> StandIn:
        assert name in self.there
        self.hear, self.is_open = hear, True
        return self

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.is_open = False

    def play(self, *messages: mido.Message) -> None:
        for message in messages:
            self.hear(bytes(message.bytes()))


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    system = StandIn("Midi Through", "nanoKONTROL2 SLIDER")
    monkeypatch.setattr(Desk, "machine", DeviceSystems(midi=system))
    return system


@pytest.fixture
def desk(system: StandIn, tmp_path: Path) -> Iterator[Desk]:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK)
    with Desk(SCORE, DeskOptions(map_file=file)) as desk:
        assert system.is_open
        yield desk
    assert not system.is_open


def played(desk: Desk, frame: int = 0, control: Control | None = None) -> list[tuple[str, str, float]]:
    _, messages = drain(desk, control or initial_control(SCORE), frame)
    return [(one.kind, one.target, one.value) for one in messages]


def note(number: int, velocity: int = 100, channel: int = 1) -> mido.Message:
    return mido.Message("note_on", channel=channel - 1, note=number, velocity=velocity)


def turn(number: int, value: int, channel: int = 1) -> mido.Message:
    return mido.Message("control_change", channel=channel - 1, control=number, value=value)


def test_a_key_presses_once_and_its_release_does_nothing(desk: Desk, system: StandIn) -> None:
    system.play(note(60), note(60, 0), mido.Message("note_off", note=60))
    assert played(desk) == [("go", "flood", 0.0)]
    assert desk.statistics().latency_frames.worst == 1


def test_a_line_may_be_about_one_channel(desk: Desk, system: StandIn) -> None:
    system.play(note(61, channel=2), note(61, channel=1))
    assert played(desk) == [("go", "slack", 0.0)]
    assert desk.statistics().refused == {"unknown address": 1}


def test_a_fader_moves_a_level_on_any_channel(desk: Desk, system: StandIn) -> None:
    system.play(turn(7, 0), turn(7, 127, channel=5))
    assert played(desk) == [("set", "/master", 1.0)]


def test_two_controllers_make_one_level_of_fourteen_bits(desk: Desk, system: StandIn) -> None:
    system.play(turn(16, 64), turn(48, 1))
    ((_, target, value),) = played(desk)
    assert target == "/p/zoom"
    assert value == pytest.approx(1.0 + 8.0 * (64 * 128 + 1) / 16_383)


def test_a_fader_on_a_button_presses_it_when_it_passes_half_of_its_way(desk: Desk, system: StandIn) -> None:
    system.play(*(turn(20, value) for value in (0, 60, 64, 90, 127, 10)))
    assert [kind for kind, _, _ in played(desk)] == ["back"]


def test_pitch_bend_and_programs(desk: Desk, system: StandIn) -> None:
    system.play(mido.Message("pitchwheel", pitch=8191), mido.Message("program_change", program=0))
    assert played(desk) == [("set", "/p/warmth", 1.0), ("go", "ebb", 0.0)]  # programs count from 1, and so do cues


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("F0 7F 07 02 01 01 F7", ("go", "flood", 0.0)),
        ("F0 7F 7F 02 7F 01 F7", ("go", "flood", 0.0)),
        ("F0 7F 07 02 01 01 73 6C 61 63 6B 00 31 F7", ("go", "slack", 0.0)),
        ("F0 7F 07 02 01 04 00 00 00 00 00 65 62 62 F7", ("go", "ebb", 0.0)),
        ("F0 7F 07 02 01 02 F7", ("pause", "", 0.0)),
        ("F0 7F 07 02 01 03 F7", ("resume", "", 0.0)),
        ("F0 7F 07 02 01 05 65 62 62 F7", ("load", "ebb", 0.0)),
        ("F0 7F 07 02 01 08 F7", ("blackout", "", 0.0)),
        ("F0 7F 07 02 01 0A F7", ("locate", "", 0.0)),
        ("F0 7F 07 06 01 F7", ("pause", "", 0.0)),
        ("F0 7F 07 06 02 F7", ("resume", "", 0.0)),
        ("F0 7F 07 06 44 06 01 20 01 02 0C 00 F7", ("locate", "", 62.48)),
    ],
)
def test_show_control_and_machine_control_run_the_show(
    desk: Desk, system: StandIn, data: str, message: tuple[str, str, float]
) -> None:
    system.hear(bytes.fromhex(data))
    assert played(desk) == [message]


@pytest.mark.parametrize(
    "data",
    ["F0 7F 08 02 01 01 F7", "F0 7F 07 02 01 1F F7", "F0 7F 07 02 F7", "F0 F7", "F0", "F0 7F 07 06 44 06 01 F7", "F8"],
)
def test_what_is_for_other_devices_or_means_nothing_moves_nothing(desk: Desk, system: StandIn, data: str) -> None:
    system.hear(bytes.fromhex(data))
    assert played(desk) == []
    assert not desk.statistics().failures


def test_a_cue_that_another_desk_numbers_differently_is_told(desk: Desk, system: StandIn) -> None:
    system.hear(bytes.fromhex("F0 7F 07 02 01 01 31 32 F7"))
    system.hear(bytes.fromhex("F0 7F 07 02 01 01 2A F7"))  # an asterisk is not a pattern here
    assert played(desk) == []
    assert desk.statistics().refused == {"no such cue": 2}


def test_a_note_nobody_maps_is_counted_and_told_once(
    desk: Desk, system: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):
        system.play(note(33))
    assert desk.statistics().refused == {"unknown address": 50}
    assert caplog.text.count("note 33 on 1: no line of the desk file's midi part") == 1


def test_lights_and_motor_faders_follow_the_show(desk: Desk, system: StandIn) -> None:
    control = initial_control(SCORE)
    control, _ = drain(desk, control, 0)
    desk.loop.run(nothing())
    desk.loop.run(nothing())
    assert bytes((0x90, 60, 127)) in system.sent  # a cue stands by: GO is lit
    assert bytes((0xB0, 7, 127)) in system.sent  # the master stands at full
    assert bytes((0x91, 61, 0)) in system.sent  # slack does not play
    system.sent.clear()
    system.play(note(61, channel=2))
    control, _ = drain(desk, control, 60)
    for _ in range(3):
        desk.loop.run(nothing())
    assert bytes((0x91, 61, 127)) in system.sent


async def nothing() -> None:
    """One turn of the desk's loop."""


def test_a_motor_does_not_fight_the_hand_on_its_fader(desk: Desk, system: StandIn) -> None:
    control, _ = drain(desk, initial_control(SCORE), 0)
    desk.loop.run(nothing())
    system.sent.clear()
    system.play(turn(7, 64))
    drain(desk, control, 1)
    for _ in range(3):
        desk.loop.run(nothing())
    assert not [data for data in system.sent if data[:2] == bytes((0xB0, 7))]


@pytest.mark.parametrize(
    ("target", "share"),
    [("/cue/ebb/go", 1.0), ("/cue/ebb/load", 0.0), ("/standby/flood", 1.0), ("/master/dmx", 0.25), ("/locate", None)],
)
def test_what_a_light_shows(target: str, share: float | None) -> None:
    values: ShowValues = {"/cue": ("ebb",), "/standby": ("flood",), "/master": (0.25,)}
    assert share_shown(target, values) == share


def test_a_controller_that_is_not_there_is_told_and_comes_later(system: StandIn, tmp_path: Path) -> None:
    system.there = ("Midi Through",)
    file = tmp_path / "desk.yaml"
    file.write_text(DESK)
    with Desk(SCORE, DeskOptions(map_file=file)) as desk:
        (missing,) = desk.missing
        assert "no port has 'nano' in its name; there are Midi Through" in missing
        system.there = ("nanoKONTROL2",)
        desk.services[0].step()
        assert desk.missing == ()
        assert system.is_open


def test_without_the_library_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.desk.midi.ports._is_installed", lambda: False)
    monkeypatch.setattr(RtMidi, "names", lambda _: ())
    with pytest.raises(DeviceError, match=r"pip install 'installation\[midi\]'"):
        find_port(RtMidi(), "nano")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("note 128: /go", "a note has a number from 0 to 127"),
        ("note: /go", "a note has a number"),
        ("program 0: /go", "from 1 to 128"),
        ("control 7-40: /master", "the one 32 above it"),
        ("control 40-72: /master", "the one 32 above it"),
        ("note 7 on 17: /go", "channels are 1 to 16"),
        ("bend 2: /master", "without a number"),
        ("note {cue}: /cue/{cue}/go", "only `program"),
        ("key 5: /go", "write `note 60`"),
        ("program 5: /cue/{cue}/go", "{cue} stands in"),
        ("note 60: /mastr", "not an address"),
    ],
)
def test_a_line_that_is_wrong_is_told(tmp_path: Path, line: str, sentence: str) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(f"name: A desk\nmidi:\n  port: nano\n  map:\n    {line}\n")
    with pytest.raises(ScoreError) as mistakes:
        read_desk_file(file)
    assert sentence in str(mistakes.value)
    assert ":5:" in str(mistakes.value)


@given(st.sampled_from(("note", "control", "fine", "bend")), st.integers(0, 31), st.integers(1, 16), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_what_lights_a_place_is_heard_as_that_place(kind: str, number: int, channel: int, share: float) -> None:
    words = {"fine": f"control {number}-{number + 32}", "bend": "bend"}.get(kind, f"{kind} {number}")
    place = place_of(f"{words} on {channel}")
    reader = ChannelReader(frozenset({(channel, number)}) if kind == "fine" else frozenset())
    heard = [reader.read(data) for data in place.message(channel, share)]
    assert isinstance(heard[-1], Heard)
    assert [heard[-1].address] == place.addresses()
    assert heard[-1].value == round(share * (16_383 if kind in ("fine", "bend") else 127))


@given(st.binary(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_passed_over(data: bytes) -> None:
    ChannelReader(frozenset({(1, 7)})).read(data)
    for wrapped in (data, b"\xf0\x7f\x07\x02" + data, b"\xf0\x7f\x07\x06\x44" + data + b"\xf7"):
        read_show_control(wrapped, 7)
        read_machine_control(wrapped, 7)


def test_a_program_is_any_on_all_channels() -> None:
    assert place_of("program {cue}") == MidiControl("program", "{cue}")
    assert len(place_of("note 5").addresses()) == 16
