"""OSC on the wire: packets, messages, bundles and the two framings of a TCP stream.

It does not use python-osc's parser, because any bytes may arrive: in python-osc 1.10 a bundle element of size -4 causes
an endless loop, text that is not UTF-8 raises another error, and an unknown type tag writes to the log. The tests
compare it with python-osc.
The layout follows the OSC 1.0 specification, https://opensoundcontrol.stanford.edu/spec-1_0.html.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from pythonosc.osc_message_builder import OscMessageBuilder

from installation.errors import RefusedError

Argument = float | int | str | bytes | bool | None

MAX_PACKET_BYTES = 65_536
"""Bytes. No UDP datagram is larger, and no console sends anything near it: Eos stays below 512."""

MAX_ADDRESS_CHARACTERS = 255
MAX_ARGUMENTS = 256
MAX_ELEMENTS = 1_024
MAX_BUNDLE_DEPTH = 8

BUNDLE = b"#bundle\0"
IMMEDIATELY = 1
"""The time tag that means now."""

SECONDS_FROM_1900_TO_1970 = 2_208_988_800

_NUMBERS = {
    "i": struct.Struct(">i"),
    "f": struct.Struct(">f"),
    "h": struct.Struct(">q"),
    "d": struct.Struct(">d"),
    "t": struct.Struct(">Q"),
    "c": struct.Struct(">i"),
    "r": struct.Struct(">I"),
    "m": struct.Struct(">I"),
}
_CONSTANTS: dict[str, Argument] = {"T": True, "F": False, "N": None, "I": True}
_SIZE = struct.Struct(">i")
_TIME_TAG = struct.Struct(">Q")


class OscMessage(NamedTuple):
    """A parsed message. `due` is its time, in seconds since 1970; None means at once."""

    address: str
    arguments: tuple[Argument, ...]
    due: float | None = None


def parse_packet(data: bytes, refuse: Callable[[RefusedError], None] | None = None) -> list[OscMessage]:
    """All messages of a packet, in order; raises RefusedError if any part of the packet is wrong.

    With `refuse`, the refusal of one element of a bundle goes there, and the other elements are still read.
    """
    if len(data) > MAX_PACKET_BYTES:
        raise RefusedError(f"a packet of {len(data)} bytes; at most {MAX_PACKET_BYTES} are allowed", "oversized")
    if not data.startswith(BUNDLE):
        return [parse_message(data)]
    messages: list[OscMessage] = []
    _parse_bundle(data, 0, messages, refuse)
    return messages


def parse_message(data: bytes, due: float | None = None) -> OscMessage:
    """One message, arrays flattened. Without a type tag string, as very old senders do it, it has no arguments."""
    if data[:1] != b"/":
        raise RefusedError("a message must begin with '/'", "malformed")
    address, index = _parse_string(data, 0)
    if len(address) > MAX_ADDRESS_CHARACTERS:
        raise RefusedError(
            f"an address of {len(address)} characters; at most {MAX_ADDRESS_CHARACTERS} are allowed", "oversized"
        )
    if index == len(data):
        return OscMessage(address, (), due)
    tags, index = _parse_string(data, index)
    if tags[:1] != ",":
        raise RefusedError(f"{address}: type tags must begin with ','", "malformed")
    if len(tags) > MAX_ARGUMENTS:
        raise RefusedError(f"{address}: {len(tags) - 1} arguments; at most {MAX_ARGUMENTS} are allowed", "oversized")
    if tags.count("[") != tags.count("]"):
        raise RefusedError(f"{address}: the arrays of '{tags}' do not close", "malformed")
    arguments: list[Argument] = []
    for tag in tags[1:].replace("[", "").replace("]", ""):
        try:
            argument, index = _parse_argument(tag, data, index)
        except RefusedError as refused:
            raise RefusedError(f"{address}: {refused}", refused.reason) from None
        arguments.append(argument)
    if data[index:].strip(b"\0"):
        raise RefusedError(f"{address}: {len(data) - index} bytes more than the type tags '{tags}' say", "malformed")
    return OscMessage(address, tuple(arguments), due)


def encode_message(address: str, *arguments: float | int | str | bool) -> bytes:
    """A packet with one message; int is `i`, float is `f`, str is `s`, bool is `T` or `F`."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument, _tag(argument))
    return builder.build().dgram


def _tag(argument: float | int | str | bool) -> str:
    if isinstance(argument, bool):
        return "T" if argument else "F"
    if isinstance(argument, str):
        return "s"
    return "i" if isinstance(argument, int) else "f"


def _parse_bundle(
    data: bytes, depth: int, messages: list[OscMessage], refuse: Callable[[RefusedError], None] | None
) -> None:
    if depth >= MAX_BUNDLE_DEPTH:
        raise RefusedError(f"bundles within bundles; at most {MAX_BUNDLE_DEPTH} deep are allowed", "oversized")
    if len(data) < len(BUNDLE) + _TIME_TAG.size:
        raise RefusedError("the packet ends inside a bundle's time tag", "malformed")
    (time_tag,) = _TIME_TAG.unpack_from(data, len(BUNDLE))
    due = None if time_tag <= IMMEDIATELY else time_tag / 2**32 - SECONDS_FROM_1900_TO_1970
    index = len(BUNDLE) + _TIME_TAG.size
    while index < len(data):
        if index + _SIZE.size > len(data):
            raise RefusedError("the packet ends inside the size of a bundle's element", "malformed")
        (size,) = _SIZE.unpack_from(data, index)
        index += _SIZE.size
        if size <= 0 or size % 4 or index + size > len(data):
            raise RefusedError(f"a bundle's element of {size} bytes with {len(data) - index} bytes left", "malformed")
        element = data[index : index + size]
        index += size
        if len(messages) >= MAX_ELEMENTS:
            raise RefusedError(f"more than {MAX_ELEMENTS} messages in one bundle", "oversized")
        try:
            if element.startswith(BUNDLE):
                _parse_bundle(element, depth + 1, messages, refuse)
            else:
                messages.append(parse_message(element, due))
        except RefusedError as refused:
            if refuse is None:
                raise
            refuse(refused)


def _parse_argument(tag: str, data: bytes, index: int) -> tuple[Argument, int]:
    """The argument at `index`, and where the next one begins."""
    if tag in _NUMBERS:
        number = _NUMBERS[tag]
        if index + number.size > len(data):
            raise RefusedError(f"the packet ends inside an argument of type '{tag}'", "malformed")
        return number.unpack_from(data, index)[0], index + number.size
    if tag in _CONSTANTS:
        return _CONSTANTS[tag], index
    if tag in "sS":
        return _parse_string(data, index, "replace")  # a label in Latin-1 does not matter to a button
    if tag == "b":
        return _parse_blob(data, index)
    raise RefusedError(f"type tag {tag!r} is not known; allowed are i f s b h d t c r m S T F N I [ ]", "malformed")


def _parse_string(data: bytes, index: int, errors: Literal["strict", "replace"] = "strict") -> tuple[str, int]:
    """The text from `index`, and where the next argument begins."""
    end = data.find(b"\0", index)
    following = (end + 4) & ~3
    if end < 0 or following > len(data):
        raise RefusedError("the packet ends inside a string", "malformed")
    try:
        return data[index:end].decode(errors=errors), following
    except UnicodeDecodeError as error:
        raise RefusedError(f"text that is not UTF-8: {error.reason}", "malformed") from None


def _parse_blob(data: bytes, index: int) -> tuple[bytes, int]:
    if index + _SIZE.size > len(data):
        raise RefusedError("the packet ends inside a blob's size", "malformed")
    (size,) = _SIZE.unpack_from(data, index)
    start = index + _SIZE.size
    following = start + (size + 3 & ~3)
    if size < 0 or following > len(data):
        raise RefusedError(f"a blob of {size} bytes with {len(data) - start} bytes left", "malformed")
    return data[start : start + size], following


FramingKind = Literal["SLIP", "length prefix"]

END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"


class Framing:
    """Cuts one TCP stream into packets; the first byte shows the framing, since clients of both kinds use one port.

    0xC0 (END) means SLIP (OSC 1.1), and so does a bare '/' or '#': some senders omit the first END. 0x00 is the high
    byte of a length prefix (OSC 1.0).
    """

    def __init__(self) -> None:
        self.kind: FramingKind | None = None
        self._buffer = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[bytes | RefusedError]:
        """Every packet, or the refusal of one, that the new bytes complete.

        Raises RefusedError if the stream itself cannot be read any further: the connection is then useless.
        """
        if self.kind is None and data:
            first = data[:1]
            if first == b"\0":
                self.kind = "length prefix"
            elif first in (END, b"/", b"#"):
                self.kind = "SLIP"
            else:
                raise RefusedError(
                    f"a stream that begins with 0x{first.hex()}; SLIP begins with 0xc0, a length with 0x00", "framing"
                )
        self._buffer += data
        return self._length_prefixed() if self.kind == "length prefix" else self._slip()

    def encode(self, packet: bytes) -> bytes:
        """The packet in the framing of the other end; with a length prefix if that is not known yet."""
        if self.kind != "SLIP":
            return _SIZE.pack(len(packet)) + packet
        return END + packet.replace(ESCAPE, ESCAPED_ESCAPE).replace(END, ESCAPED_END) + END

    def _length_prefixed(self) -> Iterator[bytes | RefusedError]:
        while len(self._buffer) >= _SIZE.size:
            (size,) = _SIZE.unpack_from(self._buffer)
            if not 0 <= size <= MAX_PACKET_BYTES:
                raise RefusedError(
                    f"a frame of {size & 0xFFFFFFFF} bytes; at most {MAX_PACKET_BYTES} are allowed", "oversized"
                )
            if len(self._buffer) < _SIZE.size + size:
                return
            packet = bytes(self._buffer[_SIZE.size : _SIZE.size + size])
            del self._buffer[: _SIZE.size + size]
            yield packet

    def _slip(self) -> Iterator[bytes | RefusedError]:
        while (end := self._buffer.find(END)) >= 0:
            frame = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if self._skipping:
                self._skipping = False
            elif frame:
                yield _unescape(frame)
        if len(self._buffer) > 2 * MAX_PACKET_BYTES:  # every byte may be escaped
            self._buffer.clear()
            if not self._skipping:
                self._skipping = True
                yield RefusedError(
                    f"a SLIP frame without an end; at most {MAX_PACKET_BYTES} bytes are allowed", "oversized"
                )


def _unescape(frame: bytes) -> bytes | RefusedError:
    escapes = frame.count(ESCAPE)
    if escapes != frame.count(ESCAPED_END) + frame.count(ESCAPED_ESCAPE):
        return RefusedError("a SLIP frame with an invalid escape", "framing")
    return frame.replace(ESCAPED_END, END).replace(ESCAPED_ESCAPE, ESCAPE) if escapes else frame
