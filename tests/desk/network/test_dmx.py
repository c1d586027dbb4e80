"""Several consoles on one universe: priorities, merging, synchronisation, and Art-Net beside sACN."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Hashable
from contextlib import closing
from typing import Any

import pytest
from aioartnet.client import ArtNetClientProtocol
from aioartnet.models import ArtNetNode
from hypothesis import given, settings
from hypothesis import strategies as st
from sacn.messages.data_packet import DataPacket
from sacn.messages.sync_packet import SyncPacket

from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.artnet_input import ArtNetInput
from installation.desk.network.artnet_packets import DmxPacket, read_dmx, write_dmx
from installation.desk.network.dmx_merge import Merge, Patch, Universe, UniverseMerge
from installation.desk.network.dmx_socket import DmxSocket
from installation.desk.network.sacn_input import SacnInput
from installation.errors import RefusedError
from installation.show.control import initial_control
from tests.desk.console import drain, wait_for
from tests.desk.scores import tide

MASTER, WARMTH = Patch(1, "/master"), Patch(2, "/p/warmth")

POLL = b"Art-Net\0\x00\x20\x00\x0e\x02\x00"
"""As any console asks for nodes every 2.5 s."""

SYNC = b"Art-Net\0\x00\x52\x00\x0e\x00\x00"


class Merged:
    """A universe whose moves are written down, as the levels that stand now."""

    def __init__(self, merge: Merge = "first") -> None:
        self.now: dict[str, float] = {}
        universe = Universe(7, (MASTER, WARMTH), merge=merge)
        self.merge = UniverseMerge(universe, lambda target, share, _: self.now.update({target: share}), lambda *_: None)

    def levels(self, source: Hashable, *levels: int, priority: int = 100, now: float = 0.0) -> tuple[float, float]:
        self.merge.levels(source, "10.0.0.5", bytes(levels), priority, now)
        return round(self.now["/master"] * 255), round(self.now["/p/warmth"] * 255)


def test_highest_takes_precedence() -> None:
    desk = Merged("htp")
    assert desk.levels("a", 100, 20) == (100, 20)
    assert desk.levels("b", 50, 200) == (100, 200)
    assert desk.levels("a", 0, 0) == (50, 200)


def test_latest_takes_precedence_channel_by_channel() -> None:
    desk = Merged("ltp")
    desk.levels("a", 100, 20)
    assert desk.levels("b", 50, 200) == (50, 200)
    assert desk.levels("a", 100, 30) == (50, 30)
    assert desk.levels("a", 10, 30) == (10, 30)


def test_the_first_is_followed_until_it_is_lost() -> None:
    desk = Merged()
    desk.levels("a", 100, 20)
    assert desk.levels("b", 50, 200) == (100, 20)
    desk.merge.end("a")
    assert round(desk.now["/master"] * 255) == 50


def test_every_channel_may_have_a_priority_of_its_own() -> None:
    desk = Merged()
    desk.levels("a", 100, 20)
    desk.merge.priorities("b", "10.0.0.6", bytes((150, 0)), 0.0)
    assert desk.levels("b", 50, 200) == (50, 20)
    desk.levels("a", 100, 20, now=2.0)
    desk.levels("b", 50, 200, now=2.0)
    desk.merge.tick(3.0)  # the priorities are not repeated: b is one of equals again, and is followed already
    desk.merge.end("b")
    assert round(desk.now["/master"] * 255) == 100


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 255), st.integers(0, 255), st.sampled_from((90, 100))),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=100, deadline=None)
def test_highest_means_the_highest_of_the_highest_priority(said: list[tuple[str, int, int, int]]) -> None:
    desk, latest = Merged("htp"), {}
    for source, *levels, priority in said:
        shown = desk.levels(source, *levels, priority=priority)
        latest[source] = priority, levels
    top = max(priority for priority, _ in latest.values())
    for channel in (0, 1):
        assert shown[channel] == max(levels[channel] for priority, levels in latest.values() if priority == top)


class Stage:
    """An input whose moves are written down."""

    def __init__(self) -> None:
        self.moves: list[tuple[int, str, float]] = []
        universes = [Universe(number, (MASTER,), "release") for number in (1, 2)]
        self.sacn = SacnInput(universes, self.move, lambda *_: None)
        self.artnet = ArtNetInput(universes, self.move, lambda *_: None, lambda _: "10.0.0.20")
        self.sequence = 0

    def move(self, universe: int, target: str, share: float, _: str) -> None:
        self.moves.append((universe, target, round(share * 255)))

    def moved(self) -> list[tuple[int, float]]:
        moves, self.moves = self.moves, []
        return [(universe, level) for universe, _, level in moves]

    def send_sacn(self, universe: int, level: int, now: float = 0.0, **options: Any) -> None:
        self.sequence += 1
        packet = DataPacket((1,) * 16, "desk", universe, dmxData=(level,), sequence=self.sequence, **options)
        self.sacn.receive(bytes(packet.getBytes()), "10.0.0.5", now)

    def synchronise_sacn(self, now: float = 0.0) -> None:
        self.sacn.receive(bytes(SyncPacket((1,) * 16, 9).getBytes()), "10.0.0.5", now)

    def send_artnet(self, universe: int, level: int, now: float = 0.0, sequence: int = 0) -> None:
        self.artnet.receive(write_dmx(DmxPacket(universe, sequence, bytes((level, 0)))), "10.0.0.5", now)


def test_sacn_levels_wait_for_their_synchronisation() -> None:
    stage = Stage()
    stage.send_sacn(1, 10, sync_universe=9)  # nobody has synchronised yet
    assert stage.moved() == [(1, 10)]
    assert "239.255.0.9" in stage.sacn.groups
    stage.synchronise_sacn(0.1)
    stage.send_sacn(1, 20, 0.2, sync_universe=9)
    stage.send_sacn(2, 30, 0.2, sync_universe=9)
    assert stage.moved() == []
    stage.synchronise_sacn(0.3)
    assert sorted(stage.moved()) == [(1, 20), (2, 30)]


def test_a_synchronisation_that_is_lost_holds_unless_the_console_says_otherwise() -> None:
    stage = Stage()
    stage.send_sacn(1, 10, sync_universe=9)
    stage.synchronise_sacn(0.1)
    stage.send_sacn(1, 20, 3.0, sync_universe=9)
    assert stage.moved() == [(1, 10)]
    stage.send_sacn(1, 30, 3.1, sync_universe=9, forceSync=True)
    assert stage.moved() == [(1, 30)]


def test_artnet_levels_wait_for_their_synchronisation() -> None:
    stage = Stage()
    stage.send_artnet(1, 10)
    assert stage.moved() == [(1, 10)]
    stage.artnet.receive(SYNC, "10.0.0.5", 0.1)
    stage.send_artnet(1, 20, 0.2)
    stage.send_artnet(2, 30, 0.2)
    stage.artnet.receive(SYNC, "10.0.0.6", 0.25)  # somebody else's
    assert stage.moved() == []
    stage.artnet.receive(SYNC, "10.0.0.5", 0.3)
    assert stage.moved() == [(1, 20), (2, 30)]
    stage.send_artnet(1, 40, 4.4)  # no synchronisation for four seconds
    assert stage.moved() == [(1, 40)]


def test_an_artnet_packet_that_comes_late_is_dropped() -> None:
    stage = Stage()
    for sequence, level in ((254, 1), (253, 2), (255, 3), (1, 4), (255, 5), (0, 6)):
        stage.send_artnet(1, level, sequence=sequence)
    assert stage.moved() == [(1, 1), (1, 3), (1, 4), (1, 6)]


def test_a_universe_that_nobody_follows_is_told_once() -> None:
    stage = Stage()
    with pytest.raises(RefusedError, match=r"universe 5 comes from 10\.0\.0\.5, but the desk file follows 1, 2"):
        stage.send_artnet(5, 10)
    stage.send_artnet(6, 10)
    with pytest.raises(RefusedError, match="sACN universe 5"):
        stage.send_sacn(5, 10)
    stage.send_sacn(5, 10)
    assert stage.moved() == []


def test_a_port_address_has_fifteen_bits() -> None:
    # Art-Net 4: net 1, sub-net 2, universe 3; two channels, the second 16-bit half of them 255.
    packet = b"Art-Net\0" + bytes.fromhex("0050 000e 05 00 23 01 0002 80ff")
    assert read_dmx(packet) == DmxPacket(0x123, 5, b"\x80\xff")
    assert write_dmx(DmxPacket(0x123, 5, b"\x80\xff")) == packet


def test_consoles_that_look_for_nodes_find_the_player() -> None:
    """Read by another implementation's client."""
    answers = Stage().artnet.receive(POLL, "10.0.0.5", 0.0)
    assert [len(answer) for answer in answers] == [239, 239]
    found: list[ArtNetNode] = []

    class Client:
        def __init__(self) -> None:
            self.nodes: dict[int, ArtNetNode] = {}
            self.universes: dict[int, Any] = {}
            self.protocol: Any = None

        def __getattr__(self, _: str) -> Any:
            return lambda *_, **__: None

    client = Client()
    protocol = ArtNetClientProtocol(client)  # type: ignore[arg-type]
    with contextlib.suppress(AttributeError, TypeError):
        protocol.on_art_poll_reply(("10.0.0.20", 6454), answers[0][10:])
    found.extend(client.nodes.values())
    assert [(node.ip, node.longName) for node in found] == [("10.0.0.20", "The Neural Image")]


@given(st.binary(max_size=700), st.integers(0, 600), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, index: int, byte: int) -> None:
    stage = Stage()
    packet = bytearray(write_dmx(DmxPacket(1, 1, bytes(512))))
    packet[index % len(packet)] = byte
    for candidate in (data, bytes(packet), bytes(packet[:index]), b"Art-Net\0" + data):
        with contextlib.suppress(RefusedError):
            stage.artnet.receive(candidate, "10.0.0.5", 0.0)


def test_artnet_levels_come_over_the_network_to_the_next_frame() -> None:
    score = tide()
    universes = [Universe(1, (MASTER, Patch(3, "/p/zoom", fine=True)))]
    with (
        Desk(score, DeskOptions()) as desk,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as console,
    ):
        artnet = DmxSocket(
            *(
                "127.0.0.1",
                "artnet",
                lambda move, release: ArtNetInput(universes, move, release, lambda _: "127.0.0.1"),
            ),
            *(desk.intake, lambda: 0.0, 0),
        )
        desk.loop.run(artnet.open())
        console.settimeout(5.0)
        console.sendto(b"no Art-Net", ("127.0.0.1", artnet.port))
        console.sendto(POLL, ("127.0.0.1", artnet.port))
        assert struct.unpack_from("<8sH", console.recv(600)) == (b"Art-Net\0", 0x2100)
        console.sendto(write_dmx(DmxPacket(1, 1, bytes((51, 0, 255, 255)))), ("127.0.0.1", artnet.port))
        wait_for(desk, 2)
        control, messages = drain(desk, initial_control(score), 0)
        assert [message.source for message in messages] == ["artnet:1", "artnet:1"]
        assert (control.value_at("/master", 0), control.value_at("/p/zoom", 0)) == (0.2, 9.0)
        assert desk.statistics().refused == {"malformed": 1}
        desk.loop.run(artnet.close())
