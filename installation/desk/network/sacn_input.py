"""sACN (ANSI E1.31) as a desk: DMX levels over the network.

The `sacn` package reads the packets, but its receiver is not used: it always listens on every interface, and mixes the
sequence numbers of all sources of a universe. Here every source has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sacn.messages.data_packet import DataPacket, calculate_multicast_addr
from sacn.messages.sync_packet import SyncPacket

from installation.desk.network.dmx_merge import LOST_AFTER_SECONDS, StrangeUniverses, Universe, UniverseMerge
from installation.errors import RefusedError

PORT = 5568

LATE_PACKETS = 20
"""E1.31, 6.7.2: a packet whose sequence number is less than this far back is late, and dropped."""

MIN_PACKET_BYTES, MAX_PACKET_BYTES = 126, 638

SYNC_BYTES = 49

VECTOR_AT, EXTENDED = 18, b"\0\0\0\x08"
"""The place of the root vector, and its value for packets without levels, such as synchronisation."""

NAME_BEGINS, NAME_BYTES = 44, 64
"""The place of the source's name, which the desk does not need: so it may be in any encoding."""

LEVELS, PRIORITIES = 0x00, 0xDD
"""Start codes: DMX levels, and a priority for every channel, as ETC's consoles send it."""

MAX_SYNC_ADDRESSES = 8
"""The most synchronisation addresses at once."""

UNNAMED_SECONDS = 60.0
"""The desk forgets a synchronisation address that no source has named for this long."""


@dataclass(slots=True)
class _Stream:
    """A source in one universe: its last sequence number, and the levels that wait for synchronisation."""

    sequence: int
    waits: tuple[bytes, int] | None = None


@dataclass(slots=True)
class _Clock:
    """A synchronisation address: when a source last named it, when its last packet came (None before the first, when no
    levels wait yet), and the streams that wait."""

    named: float
    heard: float | None = None
    waiting: set[tuple[int, Hashable]] = field(default_factory=set)


class SacnInput:
    """Follows universes. No socket and no clock: `receive` takes packets, `tick` lets time pass (in seconds).

    It calls `move(universe, target, share, host)` for changed levels, and `release(universe, target, seconds)` for
    levels that return to the score after a loss.
    """

    port = PORT
    max_packet_bytes = MAX_PACKET_BYTES

    def __init__(
        self,
        universes: Sequence[Universe],
        move: Callable[[int, str, float, str], None],
        release: Callable[[int, str, float], None],
    ) -> None:
        self._merges = {
            one.number: UniverseMerge(
                one,
                partial(move, one.number),
                partial(release, one.number),
            )
            for one in universes
        }
        self._streams: dict[tuple[int, Hashable], _Stream] = {}
        self._clocks: dict[int, _Clock] = {}
        self._strange = StrangeUniverses("sACN", self._merges)

    @property
    def groups(self) -> frozenset[str]:
        """The multicast groups of the universes and of their synchronisation addresses."""
        return frozenset(calculate_multicast_addr(number) for number in (*self._merges, *self._clocks))

    def receive(self, data: bytes, host: str, now: float) -> tuple[bytes, ...]:
        """Takes a packet; there are no answers. Raises RefusedError for a packet that is not E1.31."""
        if data[VECTOR_AT : VECTOR_AT + 4] == EXTENDED:
            self._synchronise(data, host, now)
        else:
            self._take(read_packet(data), host, now)
        return ()

    def _take(self, packet: DataPacket, host: str, now: float) -> None:
        if not self._strange.meet(packet.universe, host):
            return
        if packet.option_PreviewData or packet.dmxStartCode not in (LEVELS, PRIORITIES):
            return
        merge = self._merges[packet.universe]
        key = packet.universe, packet.cid
        stream = self._streams.get(key)
        if packet.option_StreamTerminated:
            merge.end(packet.cid)
            self._streams.pop(key, None)
            return
        if stream is None or not merge.knows(packet.cid):
            stream = self._streams[key] = _Stream(packet.sequence)
        elif -LATE_PACKETS < _signed(packet.sequence - stream.sequence) <= 0:
            return
        stream.sequence = packet.sequence
        levels = bytes(packet.dmxData)
        try:
            if packet.dmxStartCode == PRIORITIES:
                merge.priorities(packet.cid, host, levels, now)
            elif self._waits(packet, key, now):
                stream.waits = levels, packet.priority
                merge.stays(packet.cid, host, packet.priority, now)
            else:
                stream.waits = None
                merge.levels(packet.cid, host, levels, packet.priority, now)
        except RefusedError:
            del self._streams[key]
            raise

    def tick(self, now: float) -> None:
        """Drops the sources that have been silent for too long, and unused synchronisation addresses."""
        for merge in self._merges.values():
            merge.tick(now)
        for address in [one for one, clock in self._clocks.items() if now - clock.named > UNNAMED_SECONDS]:
            del self._clocks[address]
        for number, source in [key for key in self._streams if not self._merges[key[0]].knows(key[1])]:
            del self._streams[number, source]

    def _waits(self, packet: DataPacket, key: tuple[int, Hashable], now: float) -> bool:
        """Whether levels wait for the next synchronisation: E1.31, 6.2.4 and 6.2.6.

        No levels wait before the first synchronisation. Once it is lost, the packet says whether to wait for it.
        """
        address = packet.syncAddr
        if address == 0:
            return False
        clock = self._clocks.get(address)
        if clock is None:
            if len(self._clocks) < MAX_SYNC_ADDRESSES:
                self._clocks[address] = _Clock(now)
            return False
        clock.named = now
        if clock.heard is None or (now - clock.heard > LOST_AFTER_SECONDS and packet.option_ForceSync):
            return False
        clock.waiting.add(key)
        return True

    def _synchronise(self, data: bytes, host: str, now: float) -> None:
        """Lets all levels that wait for this synchronisation take effect together."""
        address = read_sync_packet(data).syncAddr
        clock = self._clocks.get(address)
        if clock is None:
            return
        clock.heard = now
        waiting, clock.waiting = clock.waiting, set()
        for key in waiting:
            stream, (universe, source) = self._streams.get(key), key
            if stream is not None and stream.waits is not None:
                (levels, priority), stream.waits = stream.waits, None
                self._merges[universe].levels(source, host, levels, priority, now)


def read_packet(data: bytes) -> DataPacket:
    """Reads a packet; raises RefusedError if it is not a whole E1.31 data packet."""
    if not MIN_PACKET_BYTES <= len(data) <= MAX_PACKET_BYTES:
        raise RefusedError(f"an sACN packet of {len(data)} bytes", "malformed")
    try:
        return DataPacket.make_data_packet(data[:NAME_BEGINS] + bytes(NAME_BYTES) + data[NAME_BEGINS + NAME_BYTES :])
    except (TypeError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        raise RefusedError(f"an sACN packet that is not E1.31 data: {error}", "malformed") from None


def read_sync_packet(data: bytes) -> SyncPacket:
    """Reads a synchronisation packet; raises RefusedError for any other."""
    if len(data) != SYNC_BYTES:
        raise RefusedError(f"an sACN synchronisation of {len(data)} bytes", "malformed")
    try:
        return SyncPacket.make_sync_packet(data)
    except (TypeError, ValueError) as error:
        raise RefusedError(f"an sACN packet that is not a synchronisation: {error}", "malformed") from None


def _signed(difference: int) -> int:
    """A difference of sequence numbers, which are bytes, as -128 to 127."""
    return (difference + 128) % 256 - 128
