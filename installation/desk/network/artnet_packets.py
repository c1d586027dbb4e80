"""The packets of Art-Net 4 that a node reads and writes.

Art-Net, designed by and copyright Artistic Licence Engineering Ltd: https://art-net.org.uk.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from installation.desk.timecode.code import RATE_NAMES, RATES, Timecode
from installation.errors import RefusedError

PORT = 0x1936

IDENTITY = b"Art-Net\0"

POLL, POLL_REPLY, DMX, SYNC, TIMECODE = 0x2000, 0x2100, 0x5000, 0x5200, 0x9700

PROTOCOL = 14
"""The lowest protocol version of incoming packets."""

CHANNELS = 512

_HEAD = Struct("<8sH")
_DMX = Struct(">HBBBBH")
_TIMECODE = Struct(">HBBBBBBB")
_REPLY = Struct("<8sH4sHHBBHBBH18s64s64sH4s4s4s4s4sBBB3sB6s4sBB4sB6sHHB10s")

NODE = 0x00
UNKNOWN_OEM = 0xFF00
FIFTEEN_BIT_ADDRESSES = 0x08
DMX_OUT = 0x80


class DmxPacket(NamedTuple):
    """Levels of one universe, by its 15-bit port address; sequence 0 means that the sender does not count."""

    universe: int
    sequence: int
    levels: bytes


def opcode_of(data: bytes) -> int:
    """The kind of a packet; raises RefusedError if it is not Art-Net."""
    if len(data) < _HEAD.size or data[:8] != IDENTITY:
        raise RefusedError(f"{len(data)} bytes that are not an Art-Net packet", "malformed")
    return int(_HEAD.unpack_from(data)[1])


def read_dmx(data: bytes) -> DmxPacket:
    """Reads levels; raises RefusedError for a packet that is cut off or of too old a version."""
    begin = _HEAD.size + _DMX.size
    if len(data) < begin:
        raise RefusedError(f"an ArtDmx packet of {len(data)} bytes", "malformed")
    version, sequence, _, sub_universe, net, length = _DMX.unpack_from(data, _HEAD.size)
    if version < PROTOCOL or net > 0x7F or not 1 <= length <= CHANNELS or len(data) < begin + length:
        raise RefusedError(f"an ArtDmx packet of version {version} that claims to have {length} channels", "malformed")
    return DmxPacket(net << 8 | sub_universe, sequence, data[begin : begin + length])


def write_dmx(packet: DmxPacket) -> bytes:
    """Writes levels as a console does."""
    net, sub_universe = divmod(packet.universe, 256)
    levels = packet.levels + bytes(len(packet.levels) % 2)
    head = _HEAD.pack(IDENTITY, DMX) + _DMX.pack(PROTOCOL, packet.sequence, 0, sub_universe, net, len(levels))
    return head + levels


def read_timecode(data: bytes) -> Timecode:
    """Reads a timecode; raises RefusedError for a packet that is cut off or names a frame that does not exist."""
    if len(data) < _HEAD.size + _TIMECODE.size:
        raise RefusedError(f"an ArtTimeCode packet of {len(data)} bytes", "malformed")
    _, _, _, frames, seconds, minutes, hours, kind = _TIMECODE.unpack_from(data, _HEAD.size)
    if kind >= len(RATE_NAMES):
        raise RefusedError(f"an ArtTimeCode packet of kind {kind}; there are 0 to {len(RATE_NAMES) - 1}", "malformed")
    code = Timecode(hours, minutes, seconds, frames, RATES[RATE_NAMES[kind]])
    if not code.is_whole:
        raise RefusedError(f"ArtTimeCode {code}: there is no such frame at {code.rate.name}", "malformed")
    return code


def write_timecode(code: Timecode) -> bytes:
    """Writes a timecode, to be sent when its frame begins."""
    kind = RATE_NAMES.index(code.rate.name)
    numbers = code.frames, code.seconds, code.minutes, code.hours, kind
    return _HEAD.pack(IDENTITY, TIMECODE) + _TIMECODE.pack(PROTOCOL, 0, 0, *numbers)


def poll_replies(own_address: str, universes: Sequence[int], name: str) -> tuple[bytes, ...]:
    """The answers to a console that looks for nodes: one packet for each universe, as Art-Net 4 requires."""
    address = ipaddress.IPv4Address(own_address).packed
    told = name.encode("ascii", "replace")
    return tuple(
        _REPLY.pack(
            *(IDENTITY, POLL_REPLY, address, PORT, 0, universe >> 8, universe >> 4 & 0xF, UNKNOWN_OEM, 0, 0, 0),
            *(told[:17], told[:63], b"#0001 [0000] it plays", 1 << 8),
            *(bytes([DMX_OUT]), b"", bytes([DMX_OUT]), b"", bytes([universe & 0xF])),
            *(0, 0, 0, b"", NODE, b"", address, index, FIFTEEN_BIT_ADDRESSES, b"", 0, b"", 0, 0, 0, b""),
        )
        for index, universe in enumerate(universes, start=1)
    )
