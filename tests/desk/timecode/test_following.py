"""A desk that follows timecode from each of its sources; the clock is the test's own."""

from __future__ import annotations

import socket
import wave
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.commands.timecode import out
from installation.desk.desk import Desk, DeskOptions
from installation.desk.desk_file import read_desk_file
from installation.desk.devices import DeviceSystems
from installation.desk.journal.journal import Journal, read_journal
from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader
from installation.desk.network.artnet_packets import write_timecode
from installation.desk.timecode.code import RATES, Timecode, timecode_at
from installation.desk.timecode.ltc import LtcReader, write_ltc
from installation.desk.timecode.out import midi_sender, say
from installation.errors import DeviceError, ScoreError
from installation.owner import Owner
from installation.show.control import Control, initial_control
from installation.show.playing.transport import position_at
from tests.desk.console import drain, udp_console, wait_for
from tests.desk.midi.test_midi import StandIn
from tests.desk.scores import tide

SCORE = tide()  # three cues of ten seconds at 60 frames a second

RATE = RATES["25"]


class Studio(Owner):
    """A machine with one sound input."""

    def __init__(self) -> None:
        self.hear: Callable[[NDArray[np.float32]], None] = len  # type: ignore[assignment]

    def names(self) -> tuple[str, ...]:
        return ("USB line",)

    def open(
        self, wanted: str, channel: int, listener: Callable[[float], Callable[[NDArray[np.float32]], None]]
    ) -> Owner:
        assert (wanted, channel) == ("line", 2)
        self.hear = listener(48_000)
        return self

    def close(self) -> None: ...


class Following:
    """A desk, its clock and its frames."""

    def __init__(self, desk: Desk, clock: list[float]) -> None:
        self.desk, self.clock = desk, clock
        self.control: Control = initial_control(SCORE)
        self.frame = 0

    def frames_until(self, seconds: float) -> None:
        """The player's frames that begin before a time of the clock."""
        while self.frame / 60 < seconds:
            self.clock[0] = self.frame / 60
            self.control, _ = drain(self.desk, self.control, self.frame)
            self.frame += 1

    @property
    def place(self) -> float:
        return position_at(SCORE, self.frame, self.control).seconds


@contextmanager
def following(tmp_path: Path, source: str, journal: Journal | None = None, osc: bool = False) -> Iterator[Following]:
    file = tmp_path / "desk.yaml"
    file.write_text(f"name: A desk\ntimecode:\n  source: {source}\n  offset: 01:00:00:00\n")
    clock = [0.0]
    options = DeskOptions(map_file=file, osc_port=0 if osc else None)
    with Desk(SCORE, options, journal, steady=lambda: clock[0]) as desk:
        yield Following(desk, clock)


def codes(seconds: float, first: str = "12") -> Iterator[tuple[float, Timecode]]:
    """When each frame begins, by the clock, and its number: from so many seconds behind the offset on."""
    begin = 3_600 * 25 + int(first) * 25
    for number in range(int(seconds * 25)):
        yield number / 25, timecode_at(begin + number, RATE)


def test_the_show_follows_code_by_osc_and_the_journal_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "evening.journal"
    with (
        Journal(path, JournalHeader.of(SCORE, ClockAnchor(0.0))) as journal,
        following(tmp_path, "osc", journal, osc=True) as show,
    ):
        assert show.desk.osc is not None
        with udp_console(show.desk.osc.port) as console:
            for number, (at, code) in enumerate(codes(1.0)):
                show.frames_until(at)
                show.clock[0] = at
                console.send("/timecode", str(code))
                wait_for(show.desk, number + 1 + received_by_chase(show))
        status = show.desk.timecode
        assert status is not None
        assert (status.state, status.source, status.corrections) == ("running", "osc 127.0.0.1", 1)
        assert show.place == pytest.approx(13.0, abs=0.05)
    recording = read_journal(path)
    assert [(one.kind, one.source) for one in recording.messages] == [("locate", "timecode:osc 127.0.0.1")]


def received_by_chase(show: Following) -> int:
    """Messages that the chase itself has put so far are received, too."""
    status = show.desk.timecode
    return status.corrections if status is not None else 0


def test_the_show_follows_code_by_artnet(tmp_path: Path) -> None:
    with following(tmp_path, "artnet") as show:
        for at, code in codes(1.0):
            show.frames_until(at)
            show.desk._hear_artnet(code, "10.0.0.5", at)
        assert show.place == pytest.approx(13.0, abs=0.05)


def test_the_show_follows_code_by_midi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = StandIn("Mixing desk")
    monkeypatch.setattr(Desk, "machine", DeviceSystems(midi=system))
    with following(tmp_path, "mtc\n  input: mixing") as show:

        def wait(seconds: float) -> None:
            now = show.clock[0] + seconds
            show.frames_until(now)
            show.clock[0] = now

        sender = midi_sender(lambda data: system.hear(data), lambda: show.clock[0], wait)
        say(timecode_at(3_612 * 25, RATE), 2.0, sender, lambda: show.clock[0], wait)
        assert show.place == pytest.approx(14.0, abs=0.06)
        assert show.desk.timecode is not None
        assert show.desk.timecode.mistakes == 0


def test_the_show_follows_code_on_a_sound_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio()
    monkeypatch.setattr(Desk, "machine", DeviceSystems(sound=studio))
    with following(tmp_path, "ltc\n  input: line\n  channel: 2") as show:
        sound = write_ltc(timecode_at(3_612 * 25, RATE), 50, 48_000)
        for at in range(0, len(sound), 480):
            show.frames_until((at + 480) / 48_000)
            show.clock[0] = (at + 480) / 48_000
            studio.hear(sound[at : at + 480])
        assert show.place == pytest.approx(14.0, abs=0.05)


def test_artnets_packet_is_that_of_the_standard() -> None:
    # Art-Net 4, ArtTimeCode: frames, seconds, minutes, hours, then 1 for 25 frames a second.
    packet = write_timecode(Timecode(1, 2, 3, 4, RATE))
    assert packet == b"Art-Net\0" + bytes.fromhex("0097 000e 00 00 04 03 02 01 01")


@pytest.mark.parametrize("said", ["01:00:00:25", "now", -1.0, 90_000.0, True])
def test_code_that_is_none_is_refused_with_a_sentence(tmp_path: Path, said: float | str | bool) -> None:
    with following(tmp_path, "osc", osc=True) as show:
        assert show.desk.osc is not None
        with udp_console(show.desk.osc.port) as console:
            console.send("/timecode", said)
            assert "/timecode" in str(console.hear_until("/atlas/error")[2])


def test_a_desk_that_follows_no_code_knows_no_such_address() -> None:
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        assert desk.osc is not None
        with udp_console(desk.osc.port) as console:
            console.send("/timecode", "01:00:00:00")
            assert console.hear_until("/atlas/error")[1] == "unknown address"


def test_a_sound_input_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Studio):
        def open(self, *_: object) -> Owner:
            raise DeviceError("no sound input has 'line' in its name; there is none")

    monkeypatch.setattr(Desk, "machine", DeviceSystems(sound=Silent()))
    with following(tmp_path, "ltc\n  input: line") as show:
        assert "no sound input has 'line'" in show.desk.missing[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("source: ltc", "'input' is missing: a part of the name of a sound input"),
        ("source: mtc", "a MIDI port"),
        ("source: smpte", "smpte"),
        ("{source: osc, offset: 1:00}", "a timecode is HH:MM:SS:FF"),
        ("{source: osc, rate: 24, offset: '00:00:00:24'}", "there is no such frame at 24"),
        ("{source: osc, rate: 23.98}", "23.98"),
        ("{source: osc, cues: []}", "0 cues"),
    ],
)
def test_a_timecode_part_that_is_wrong_is_told_with_its_line(tmp_path: Path, words: str, sentence: str) -> None:
    file = tmp_path / "desk.yaml"
    text = words if words.startswith("{") else f"\n  {words}"
    file.write_text(f"name: A desk\ntimecode: {text}\n")
    with pytest.raises(ScoreError) as mistakes:
        read_desk_file(file)
    assert sentence in str(mistakes.value)


def test_a_sound_file_of_timecode_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "code.wav"
    out("ltc", to=str(path), rate="29.97", start="00:00:59;20", for_=2.0)
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / np.float32(32_768)
        frames = list(LtcReader(file.getframerate()).read(sound))
    assert str(frames[-1].code) == "00:01:01;20"  # the last frame of 60 has no end in the file
    assert len(frames) >= 57


def test_code_is_sent_when_its_frame_begins() -> None:
    clock, sent = [5.0], []

    def wait(seconds: float) -> None:
        clock[0] += seconds

    say(timecode_at(100, RATE), 1.0, lambda code: sent.append((clock[0], code.count)), lambda: clock[0], wait)
    assert [count for _, count in sent] == list(range(100, 125))
    assert [at for at, _ in sent] == pytest.approx([5.0 + number / 25 for number in range(25)])


def test_timecode_goes_out_over_the_network() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as console:
        console.bind(("127.0.0.1", 0))
        out("artnet", to=f"127.0.0.1:{console.getsockname()[1]}", rate="25", start="01:00:00:00", for_=0.04)
        assert console.recv(100) == write_timecode(Timecode(1, 0, 0, 0, RATE))


@pytest.mark.parametrize("kind", ["ltc", "osc"])
def test_what_cannot_be_sent_is_told(kind: str) -> None:
    with pytest.raises(ScoreError):
        out(kind, start="01:00:00:25", for_=1.0)  # type: ignore[arg-type]
    with pytest.raises(ScoreError):
        out(kind, to="here:there", start="01:00:00:00", for_=1.0)  # type: ignore[arg-type]


def test_fractions_of_a_day_are_exact() -> None:
    assert Timecode(1, 0, 0, 0, RATES["29.97"]).since_midnight == Fraction(107_892 * 1_001, 30_000)
