"""Levels from a lighting console by sACN."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacn.messages.data_packet import DataPacket

from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.dmx_merge import Loss, Patch, Universe
from installation.desk.network.dmx_socket import DmxSocket
from installation.desk.network.sacn_input import SacnInput, read_packet
from installation.errors import DeviceError, RefusedError
from installation.show.control import initial_control
from tests.desk.console import drain, wait_for
from tests.desk.scores import tide

MASTER = Patch(1, "/master")
ZOOM = Patch(2, "/p/zoom", fine=True)

CONSOLE, BACKUP = (1,) * 16, (2,) * 16


class Rehearsal:
    """An input whose moves are written down."""

    def __init__(self, loss: Loss = "hold") -> None:
        self.moves: list[tuple[str, float]] = []
        self.released: list[tuple[str, float]] = []
        self.input = SacnInput(
            [Universe(7, (MASTER, ZOOM), loss, 3.0)],
            lambda _, target, share, __: self.moves.append((target, share)),
            lambda _, target, seconds: self.released.append((target, seconds)),
        )
        self.sequences: dict[tuple[int, ...], int] = {}

    def send(self, *levels: int, now: float = 0.0, cid: tuple[int, ...] = CONSOLE, **options: Any) -> None:
        self.sequences[cid] = self.sequences.get(cid, 0) % 255 + 1
        settings = {"universe": 7, "sequence": self.sequences[cid], **options}
        data = bytes(DataPacket(cid, "desk", dmxData=levels, **settings).getBytes())
        self.input.receive(data, "10.0.0.5", now)

    def moved(self) -> list[tuple[str, float]]:
        moves, self.moves = self.moves, []
        return moves


def test_only_what_changes_moves() -> None:
    desk = Rehearsal()
    desk.send(255, 0, 0)
    assert desk.moved() == [("/master", 1.0), ("/p/zoom", 0.0)]
    desk.send(255, 0, 0)
    assert desk.moved() == []
    desk.send(51, 0, 0)
    assert desk.moved() == [("/master", 0.2)]


def test_two_channels_make_one_fine_level() -> None:
    desk = Rehearsal()
    desk.send(0, 128, 64)
    assert desk.moved()[1] == ("/p/zoom", (128 * 256 + 64) / 65_535)
    desk.send(0, 255, 255)
    assert desk.moved() == [("/p/zoom", 1.0)]


def test_the_higher_priority_wins_and_its_loss_gives_way() -> None:
    desk = Rehearsal()
    desk.send(100, now=0.0, priority=100)
    desk.send(200, now=0.1, cid=BACKUP, priority=90)
    assert ("/master", 200 / 255) not in desk.moved()
    desk.send(200, now=2.6, cid=BACKUP, priority=90)
    desk.input.tick(2.7)
    desk.send(200, now=2.8, cid=BACKUP, priority=90)
    assert ("/master", 200 / 255) in desk.moved()


def test_of_equals_the_first_is_followed() -> None:
    desk = Rehearsal()
    desk.send(100)
    desk.send(200, cid=BACKUP)
    desk.send(101)
    assert [share for target, share in desk.moved() if target == "/master"] == [100 / 255, 101 / 255]


def test_a_source_is_lost_after_two_and_a_half_seconds_and_levels_hold() -> None:
    desk = Rehearsal("hold")
    desk.send(100, now=10.0)
    desk.input.tick(12.5)
    desk.input.tick(12.6)
    assert desk.released == []
    assert desk.moved()[0] == ("/master", 100 / 255)


def test_after_a_loss_levels_go_home_where_the_desk_file_says_so() -> None:
    desk = Rehearsal("release")
    desk.send(100, now=10.0)
    desk.input.tick(12.5)
    assert desk.released == []
    desk.input.tick(12.51)
    assert desk.released == [("/master", 3.0), ("/p/zoom", 3.0)]
    desk.moved()
    desk.send(100, now=20.0)  # it comes back: everything is said again
    assert desk.moved()[0] == ("/master", 100 / 255)


def test_a_console_that_says_goodbye_is_lost_at_once() -> None:
    desk = Rehearsal("release")
    desk.send(100, now=10.0)
    desk.send(0, now=10.1, streamTerminated=True)
    assert len(desk.released) == 2
    assert ("/master", 0.0) not in desk.moved()


def test_a_packet_that_comes_late_is_dropped() -> None:
    desk = Rehearsal()
    desk.send(100, sequence=250)
    desk.send(101, sequence=249)
    desk.send(102, sequence=255)
    desk.send(103, sequence=1)  # QLC+ counts from 255 to 1
    assert [share for target, share in desk.moved() if target == "/master"] == [100 / 255, 102 / 255, 103 / 255]


@pytest.mark.parametrize("options", [{"previewData": True}, {"dmxStartCode": 0xDD}, {"dmxStartCode": 0xCC}])
def test_what_is_not_meant_for_the_stage_is_passed_over(options: dict[str, Any]) -> None:
    desk = Rehearsal()
    desk.send(100, **options)
    assert desk.moved() == []


@given(st.binary(max_size=700), st.integers(0, 637), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, index: int, byte: int) -> None:
    packet = bytearray(DataPacket(CONSOLE, "desk", 7, dmxData=(100,)).getBytes())
    packet[index] = byte
    for candidate in (data, bytes(packet), bytes(packet[:index])):
        with contextlib.suppress(RefusedError):
            read_packet(candidate)


def socket_for(
    desk: Desk, universe: Universe, host: str = "0.0.0.0", steady: Callable[[], float] = lambda: 0.0, port: int = 0
) -> DmxSocket:
    return DmxSocket(
        host, "sacn", lambda move, release: SacnInput([universe], move, release), desk.intake, steady, port
    )


def test_levels_come_over_the_network_to_the_next_frame() -> None:
    score, clock = tide(), [100.0]
    universe = Universe(7, (MASTER, ZOOM), "release", 3.0)
    with (
        Desk(score, DeskOptions()) as desk,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as console,
    ):
        sacn = socket_for(desk, universe, "127.0.0.1", lambda: clock[0])
        desk.loop.run(sacn.open())
        packet = DataPacket(CONSOLE, "desk", 7, dmxData=(51, 255, 255), sequence=1)
        console.sendto(b"no sACN", ("127.0.0.1", sacn.port))
        console.sendto(bytes(packet.getBytes()), ("127.0.0.1", sacn.port))
        wait_for(desk, 2)
        control, messages = drain(desk, initial_control(score), 0)
        assert [message.source for message in messages] == ["sacn:7", "sacn:7"]
        assert control.value_at("/master", 0) == 0.2
        assert control.value_at("/p/zoom", 0) == 9.0
        assert desk.statistics().refused == {"malformed": 1}
        clock[0] += 2.6  # the console is gone
        wait_for(desk, 4)
        control, messages = drain(desk, control, 60)
        assert [(message.kind, message.fade_seconds) for message in messages] == [("release", 3.0)] * 2
        assert control.value_at("/master", 60 + 180) == 1.0
        desk.loop.run(sacn.close())


def test_multicast_is_joined_when_a_network_comes() -> None:
    universe = Universe(7, (MASTER,))
    with Desk(tide(), DeskOptions()) as desk:
        sacn = socket_for(desk, universe)
        with pytest.raises(DeviceError, match="no address on a network yet; unicast still works"):
            sacn.join(())
        sacn.join(("127.0.0.1",))
        sacn.join(("192.0.2.1", "127.0.0.1"))  # one of them has gone again
        desk.loop.run(sacn.open())
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as console:
            console.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            packet = DataPacket(CONSOLE, "desk", 7, dmxData=(51,), sequence=1)
            console.sendto(bytes(packet.getBytes()), ("239.255.0.7", sacn.port))
            wait_for(desk, 1)
        desk.loop.run(sacn.close())


@pytest.mark.parametrize("name", [b"Pult L\xf6we", b"\xff" * 64, b"caf\xc3", b""])
def test_a_source_may_be_called_anything_in_any_encoding(name: bytes) -> None:
    desk = Rehearsal()
    packet = bytearray(DataPacket(CONSOLE, "desk", 7, dmxData=(51, 0, 0), sequence=1).getBytes())
    packet[44:108] = name.ljust(64, b"\0")  # E1.31, table 4-1: octets 44 to 107 are the source's name
    desk.input.receive(bytes(packet), "10.0.0.5", 0.0)
    assert desk.moved()[0] == ("/master", 0.2)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine_alone_nothing_is_heard_from_the_network(host: str) -> None:
    with Desk(tide(), DeskOptions()) as desk:
        sacn = socket_for(desk, Universe(7, (MASTER,)), host)
        assert not sacn.is_on_network
        assert sacn._socket.getsockname()[0] == "127.0.0.1"
        desk.loop.run(sacn.open())
        desk.loop.run(sacn.close())


def test_the_port_is_shared_with_other_programs_for_sacn() -> None:
    universe = Universe(7, (MASTER,))
    with Desk(tide(), DeskOptions()) as desk, closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("0.0.0.0", 0))
        sacn = socket_for(desk, universe, port=other.getsockname()[1])
        desk.loop.run(sacn.close())
