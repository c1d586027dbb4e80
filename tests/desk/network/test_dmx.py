"""Several consoles on one universe: priorities, merging, synchronisation, and Art-Net beside sACN."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing
from pathlib import Path
from threading import RLock
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
from installation.desk.network.dmx_socket import DmxSocket, Move, Release
from installation.desk.network.event_loop import EventLoop
from installation.desk.network.osc_server import LITTLE
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
    protocol = ArtNetClientProtocol(client)  # type: ignore[arg-type]  # a stand-in
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


def test_sources_that_have_gone_make_room_for_others() -> None:
    stage = Stage()
    for number in range(400):
        host = f"10.0.{number // 250}.{number % 250}"
        stage.artnet.receive(write_dmx(DmxPacket(1, 1, bytes((number % 255, 0)))), host, 11.0 * number)
        stage.artnet.tick(11.0 * number + 10.5)
    assert stage.artnet._senders == {}


def test_a_synchronisation_address_that_nobody_names_makes_room_for_others() -> None:
    stage = Stage()
    for number in range(30):
        packet = DataPacket((1,) * 16, "desk", 1, dmxData=(51,), sequence=number, sync_universe=number + 1)
        stage.sacn.receive(bytes(packet.getBytes()), "10.0.0.5", 61.0 * number)
        stage.sacn.tick(61.0 * number + 1.0)
    assert list(stage.sacn._clocks) == [30]


class Door:
    """The intake, as far as a socket of DMX meets it; 127.0.0.2 is a stranger."""

    lock = RLock()

    def __init__(self) -> None:
        self.moved: list[tuple[str, str, float]] = []
        self.refused: list[str] = []

    def admit(self, host: str, work: float) -> None:
        """Everybody."""

    def require_edit(self, host: str) -> None:
        if host == "127.0.0.2":
            raise RefusedError(f"{host} must send /passcode first", "no passcode")

    def move(self, host: str, target: str, share: float, _source: str) -> None:
        self.moved.append((host, target, share))

    def put(self, message: object) -> None:
        """A release."""

    def count(self, refused: RefusedError, _peer: object) -> None:
        self.refused.append(refused.reason)


@pytest.fixture
def node() -> Iterator[tuple[DmxSocket, Door]]:
    door, universes = Door(), [Universe(number, (MASTER,)) for number in range(1, 33)]

    def artnet(move: Move, release: Release) -> ArtNetInput:
        return ArtNetInput(universes, move, release, lambda _: "127.0.0.1")

    with EventLoop() as loop:
        node = DmxSocket("127.0.0.1", "artnet", artnet, door, lambda: 0.0, 0)  # type: ignore[arg-type]  # enough of one
        loop.run(node.open())
        yield node, door
        loop.run(node.close())


def sender(host: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((host, 0))
    bound.settimeout(5.0)
    return bound


def until(reached: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10.0
    while not reached():
        assert time.monotonic() < give_up


def test_a_stranger_takes_nobodys_place_and_is_not_answered(node: tuple[DmxSocket, Door]) -> None:
    artnet, door = node
    to = ("127.0.0.1", artnet.port)
    with closing(sender("127.0.0.2")) as stranger, closing(sender("127.0.0.1")) as console:
        stranger.sendto(write_dmx(DmxPacket(1, 1, bytes((255, 0)))), to)
        stranger.sendto(POLL, to)
        console.sendto(write_dmx(DmxPacket(1, 1, bytes((51, 0)))), to)
        until(lambda: len(door.moved) == 1)
        assert door.moved == [("127.0.0.1", "/master", 0.2)]
        assert door.refused == ["no passcode"] * 2
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(600)


def test_a_forged_address_is_answered_little_more_than_it_asked(node: tuple[DmxSocket, Door]) -> None:
    artnet, door = node
    with closing(sender("127.0.0.1")) as victim:
        for _ in range(200):
            victim.sendto(POLL, ("127.0.0.1", artnet.port))
            victim.sendto(b"end", ("127.0.0.1", artnet.port))
        until(lambda: len(door.refused) == 200)
        victim.setblocking(False)
        answers = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                answers += len(victim.recv(600))
    assert 32 * 239 <= answers <= LITTLE.at_once + 200 * (len(POLL) + 3)


def test_what_gathered_while_the_machine_stood_still_is_read_with_the_next_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ArtNetInput, "port", 0)
    file = tmp_path / "desk.yaml"
    file.write_text("name: A desk\nartnet: {universe: 1, channels: {1-2: /master}}\n")
    with (
        Desk(tide(), DeskOptions(map_file=file)) as desk,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as console,
        desk.intake.lock,  # nobody else reads meanwhile
    ):
        for number in range(400):
            console.sendto(write_dmx(DmxPacket(1, 0, number.to_bytes(2, "big"))), ("127.0.0.1", desk._dmx[0].port))
        control, _ = drain(desk, initial_control(tide()), 0)
        assert control.value_at("/master", 0) == pytest.approx(399 / 65_535)
        assert desk.statistics().refused == {}


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
