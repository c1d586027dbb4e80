"""Art-Net as a desk: DMX levels over the network, by unicast to this machine or by broadcast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from installation.desk.network.artnet_packets import (
    DMX,
    POLL,
    PORT,
    SYNC,
    TIMECODE,
    opcode_of,
    poll_replies,
    read_dmx,
    read_timecode,
)
from installation.desk.network.dmx_merge import DEFAULT_PRIORITY, StrangeUniverses, Universe, UniverseMerge
from installation.desk.timecode.code import Timecode
from installation.errors import RefusedError

LOST_AFTER_SECONDS = 10.0
"""Art-Net 4, merging: a source is lost after this silence. Senders repeat at least every 4 s."""

SYNC_LOST_AFTER_SECONDS = 4.0
"""Art-Net 4, ArtSync: after this time without an ArtSync, a node no longer waits for one."""

LATE_PACKETS = 20
"""A packet whose sequence number, 1 to 255, is less than this far back is late, and dropped."""

MAX_PACKET_BYTES = 600

MAX_SENDERS = 64

NAME = "The Neural Image"


def _unheard(_code: Timecode, _host: str, _now: float) -> None:
    """Ignores timecode, for a desk that follows none by Art-Net."""


@dataclass(slots=True)
class _Sender:
    """A host: the last sequence number of each universe, the time of its last ArtSync, the levels that wait for one."""

    sequences: dict[int, int] = field(default_factory=dict)
    synchronised: float = float("-inf")
    waiting: dict[int, bytes] = field(default_factory=dict)


class ArtNetInput:
    """Follows universes. No socket and no clock: `receive` takes packets, `tick` lets time pass (in seconds).

    It calls `move(universe, target, share, host)` for changed levels, and `release(universe, target, seconds)` for
    levels that return to the score after a loss. `own_address(host)` is the address at which a host reaches this
    machine. `timecode(code, host, now)` takes each timecode when its frame begins.
    """

    port = PORT
    max_packet_bytes = MAX_PACKET_BYTES
    groups: frozenset[str] = frozenset()

    def __init__(
        self,
        universes: Sequence[Universe],
        move: Callable[[int, str, float, str], None],
        release: Callable[[int, str, float], None],
        own_address: Callable[[str], str],
        timecode: Callable[[Timecode, str, float], object] = _unheard,
    ) -> None:
        self._merges = {
            one.number: UniverseMerge(
                one,
                partial(move, one.number),
                partial(release, one.number),
                LOST_AFTER_SECONDS,
            )
            for one in universes
        }
        self._senders: dict[str, _Sender] = {}
        self._strange = StrangeUniverses("Art-Net", self._merges)
        self._own_address, self._timecode = own_address, timecode

    def receive(self, data: bytes, host: str, now: float) -> tuple[bytes, ...]:
        """Takes a packet and returns the answers to it; raises RefusedError for a packet that it cannot use."""
        code = opcode_of(data)
        if code == POLL:
            return poll_replies(self._own_address(host), list(self._merges), NAME)
        if code == DMX:
            self._take(data, host, now)
        elif code == SYNC:
            self._synchronise(host, now)
        elif code == TIMECODE:
            self._timecode(read_timecode(data), host, now)
        return ()

    def tick(self, now: float) -> None:
        """Drops the sources that have been silent for too long."""
        for merge in self._merges.values():
            merge.tick(now)
        for host in [one for one in self._senders if not any(merge.knows(one) for merge in self._merges.values())]:
            del self._senders[host]  # make room for other senders

    def _take(self, data: bytes, host: str, now: float) -> None:
        packet = read_dmx(data)
        if not self._strange.meet(packet.universe, host):
            return
        merge, sender = self._merges[packet.universe], self._sender(host)
        if not merge.knows(host):
            sender.sequences.pop(packet.universe, None)
        before = sender.sequences.get(packet.universe, 0)
        if packet.sequence and before and (before - packet.sequence) % 255 < LATE_PACKETS:
            return
        sender.sequences[packet.universe] = packet.sequence
        if now - sender.synchronised <= SYNC_LOST_AFTER_SECONDS:
            sender.waiting[packet.universe] = packet.levels
            merge.stays(host, host, DEFAULT_PRIORITY, now)
        else:
            sender.waiting.pop(packet.universe, None)
            merge.levels(host, host, packet.levels, DEFAULT_PRIORITY, now)

    def _synchronise(self, host: str, now: float) -> None:
        """Lets all waiting levels of a sender take effect together."""
        sender = self._senders.get(host)
        if sender is None:
            return
        sender.synchronised = now
        waiting, sender.waiting = sender.waiting, {}
        for universe, levels in waiting.items():
            self._merges[universe].levels(host, host, levels, DEFAULT_PRIORITY, now)

    def _sender(self, host: str) -> _Sender:
        known = self._senders.get(host)
        if known is None:
            if len(self._senders) >= MAX_SENDERS:
                raise RefusedError(f"more than {MAX_SENDERS} senders of Art-Net", "too fast")
            known = self._senders[host] = _Sender()
        return known
