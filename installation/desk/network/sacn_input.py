"""sACN (ANSI E1.31) as a desk: DMX levels over the network, from the source with the highest priority.

Packets are read by the `sacn` package. Its receiver is not used: it listens on every interface whatever it is told, and
mixes the sequence numbers of all sources of a universe. Here every source has its own.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sacn.messages.data_packet import DataPacket, calculate_multicast_addr

from installation.errors import RefusedError

PORT = 5568

LOST_AFTER_SECONDS = 2.5
"""E1.31, 6.7.1: network data loss."""

LATE_PACKETS = 20
"""E1.31, 6.7.2: a packet whose sequence number lies at most this far back came late and is dropped."""

MAX_SOURCES = 16

MIN_PACKET_BYTES, MAX_PACKET_BYTES = 126, 638

NAME_BEGINS, NAME_BYTES = 44, 64
"""Where a packet has the source's name, which nobody here needs: so it may be in any encoding."""

Loss = Literal["hold", "release"]


@dataclass(frozen=True, slots=True)
class Patch:
    """A channel of the universe, 1 to 512, and the address that it moves; a fine one takes the next channel with it."""

    channel: int
    target: str
    fine: bool = False

    def share(self, levels: tuple[int, ...]) -> float:
        """0 to 1."""
        coarse = levels[self.channel - 1]
        return (coarse << 8 | levels[self.channel]) / 65_535 if self.fine else coarse / 255


@dataclass(frozen=True, slots=True)
class Universe:
    """What the desk file says about sACN. After a loss, levels hold, or go home to the score in `release_seconds`."""

    number: int
    patches: tuple[Patch, ...]
    loss: Loss = "hold"
    release_seconds: float = 2.0


@dataclass(slots=True)
class _Source:
    priority: int
    sequence: int
    heard: float


class SacnInput:
    """Follows one universe. No socket and no clock: `receive` takes packets, `tick` lets time pass (in seconds).

    `move(target, share)` is called for what has changed, `release(target, seconds)` for what goes home after a loss.
    Of sources with equal priority, the one that came first is followed until it is lost.
    """

    def __init__(
        self,
        universe: Universe,
        move: Callable[[str, float], None],
        release: Callable[[str, float], None],
    ) -> None:
        self._universe = universe
        self._move = move
        self._release = release
        self._sources: dict[tuple[int, ...], _Source] = {}
        self._followed: tuple[int, ...] | None = None
        self._shares: dict[Patch, float] = {}

    def receive(self, data: bytes, now: float) -> None:
        """One packet; raises RefusedError for what is not E1.31 data. Other universes are passed over."""
        packet = read_packet(data)
        if packet.universe != self._universe.number or packet.option_PreviewData or packet.dmxStartCode != 0:
            return
        source = self._sources.get(packet.cid)
        if packet.option_StreamTerminated:
            if source is not None:
                self._lose(packet.cid)
            return
        if source is None:
            if len(self._sources) >= MAX_SOURCES:
                raise RefusedError(f"more than {MAX_SOURCES} sACN sources on universe {packet.universe}", "too fast")
            source = self._sources[packet.cid] = _Source(packet.priority, packet.sequence, now)
        elif -LATE_PACKETS < _signed(packet.sequence - source.sequence) <= 0:
            return
        source.priority, source.sequence, source.heard = packet.priority, packet.sequence, now
        self._choose()
        if packet.cid == self._followed:
            self._follow(packet.dmxData)

    def tick(self, now: float) -> None:
        """Loses the sources that have been silent for too long."""
        for cid, source in list(self._sources.items()):
            if now - source.heard > LOST_AFTER_SECONDS:
                self._lose(cid)

    def _choose(self) -> None:
        """The highest priority; whoever is followed stays so among equals."""
        self._followed = max(
            self._sources, key=lambda cid: (self._sources[cid].priority, cid == self._followed), default=None
        )

    def _follow(self, levels: tuple[int, ...]) -> None:
        for patch in self._universe.patches:
            share = patch.share(levels)
            if self._shares.get(patch) != share:
                self._shares[patch] = share
                self._move(patch.target, share)

    def _lose(self, cid: tuple[int, ...]) -> None:
        del self._sources[cid]
        self._choose()
        if self._sources:
            return
        if self._universe.loss == "release":
            for patch in self._shares:
                self._release(patch.target, self._universe.release_seconds)
        self._shares.clear()


def read_packet(data: bytes) -> DataPacket:
    """Raises RefusedError for whatever is not a whole E1.31 data packet."""
    if not MIN_PACKET_BYTES <= len(data) <= MAX_PACKET_BYTES:
        raise RefusedError(f"an sACN packet of {len(data)} bytes", "malformed")
    try:
        return DataPacket.make_data_packet(data[:NAME_BEGINS] + bytes(NAME_BYTES) + data[NAME_BEGINS + NAME_BYTES :])
    except (TypeError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        raise RefusedError(f"an sACN packet that is not E1.31 data: {error}", "malformed") from None


def join(bound: socket.socket, universe: int, interface: str) -> None:
    """Asks the network for a universe's multicasts; one without multicast still delivers unicasts."""
    bound.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _group(universe, interface))


def leave(bound: socket.socket, universe: int, interface: str) -> None:
    """Takes that back."""
    bound.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, _group(universe, interface))


def _group(universe: int, interface: str) -> bytes:
    return socket.inet_aton(calculate_multicast_addr(universe)) + socket.inet_aton(interface)


def _signed(difference: int) -> int:
    """A difference of sequence numbers, which are bytes, as -128 to 127."""
    return (difference + 128) % 256 - 128
