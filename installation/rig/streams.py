"""The `streams` of a rig: outputs that are also seen elsewhere, over the network or in another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from installation.errors import RigError
from installation.language.containers import NamedMapping, Record, RecordOf, key
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import FloatRange, Name, OneOf, Schema, quoted, scalar

StreamCodec = Literal["h264", "h265"]

MEGABITS = (0.1, 200.0)
"""Megabits a second; nobody sends one picture to a decoder at a higher rate."""

STREAMS_AT_MOST = 16

MIN_SECRET = 4
"""Shorter words of an address are no keys, and are common in sentences."""

KINDS: Mapping[str, str] = {
    "srt": "srt://10.0.0.20:9000",
    "rtmp": "rtmp://live.example.org/app/key",
    "rtmps": "rtmps://live.example.org/app/key",
    "rtsp": "rtsp://10.0.0.20:8554/left",
    "udp": "udp://239.0.0.1:5000",
    "hls": "hls:/var/www/live/left.m3u8",
    "ndi": "ndi:Foyer left",
    "camera": "camera:",
}
"""Kinds of addresses, each with an example; those with `://` are URLs."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An output that also goes to an `address`; `kind` is one of KINDS. `megabits` a second are its rate.

    `machine` sends it if the rig has several.
    """

    name: str
    output: str
    address: str
    codec: StreamCodec = "h264"
    megabits: float = 6.0
    machine: str = ""

    @property
    def kind(self) -> str:
        return self.address.partition(":")[0].lower()

    @property
    def is_listener(self) -> bool:
        """Whether receivers connect to the player, instead of the player to a receiver."""
        return self.kind == "srt" and "mode=listener" in urlsplit(self.address).query

    @property
    def place(self) -> str:
        """The text after the kind in an address that is not a URL."""
        return self.address.partition(":")[2]

    @property
    def public_address(self) -> str:
        """The address without secrets: keys and passwords may be in the path, in the query and before the host."""
        if "://" not in self.address:
            return self.address
        parts = urlsplit(self.address)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{'/...' if parts.path.strip('/') or parts.query else ''}"

    @property
    def secrets(self) -> Mapping[str, str]:
        """The parts of the address that may be secret, with the text that is shown instead, the longest first."""
        if "://" not in self.address:
            return {}
        parts = urlsplit(self.address)
        said = [
            parts.path.strip("/"),
            *parts.path.split("/"),
            parts.query,
            *(value for _, value in parse_qsl(parts.query)),
        ]
        found = {one for word in said for one in (word, unquote(word)) if len(one) >= MIN_SECRET}
        found |= {word for word in (parts.password, unquote(parts.password or "")) if word}
        return {self.address: self.public_address} | dict.fromkeys(sorted(found, key=len, reverse=True), "...")


def address_problem(address: str) -> str:
    """The mistake in an address, as a sentence without its secrets; empty if there is none."""
    shown = _shown(address)
    kind, colon, place = address.partition(":")
    example = KINDS.get(kind.lower())
    if not colon or example is None:
        return f"{shown} is not an address of a stream; it is one such as {', '.join(KINDS.values())}"
    if any(ord(character) < 32 for character in address):
        return f"{shown} holds a control character; write it as {example}"
    if kind.lower() == "hls" and not place.lower().endswith(".m3u8"):
        return f"{shown} names no playlist; write one such as {example}"
    if kind.lower() == "ndi" and not place:
        return f"{shown} has no name; write one such as {example}"
    if "://" not in example:
        return ""
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:  # its sentence would quote what stands in the place of the port
        return f"{shown} has a machine or a port that cannot be read; write one such as {example}"
    if not place.startswith("//") or not host:
        return f"{shown} names no machine; write one such as {example}"
    if kind.lower() in ("srt", "udp") and port is None:
        return f"{shown} has no port; write one such as {example}"
    return ""


def _shown(address: str) -> str:
    """An address in a sentence. Where keys and passwords may be, even at the wrong place, only its kind is shown."""
    kind, colon, _ = address.partition(":")
    if "://" not in KINDS.get(kind.lower(), "://"):
        return quoted(address)
    return quoted(f"{kind}:...") if colon and kind.isalnum() else "this"


def streams_from_options(options: Sequence[str]) -> tuple[Stream, ...]:
    """The streams of the options `--stream OUTPUT=ADDRESS`, named after their outputs; raises RigError."""
    found: dict[str, Stream] = {}
    for words in options:
        output, equals, address = words.partition("=")
        if not equals or not output:
            raise RigError(f"--stream: this is not OUTPUT=ADDRESS, such as left={KINDS['srt']}")
        if why := address_problem(address):
            raise RigError(f"--stream: {why}")
        names = chain([output], (f"{output}-{number}" for number in count(2)))
        name = next(one for one in names if one not in found)
        found[name] = Stream(name, output, address)
    return tuple(found.values())


@dataclass(frozen=True)
class AddressScalar:
    """The address of a stream."""

    words: str = "address, such as `srt://10.0.0.20:9000`"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "an address such as srt://10.0.0.20:9000").text
        if why := address_problem(text):
            raise NodeError(node, why)
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^({'|'.join(KINDS)}):"}


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamSpec(Record):
    """An output that is also streamed or recorded."""

    output: str = key(Name("the name of an output"), "Which output.", "", required=True)
    to: str = key(AddressScalar(), "Where it goes.", "", required=True)
    codec: StreamCodec = key(
        OneOf(StreamCodec, "codec"), "The codec; NDI, cameras and RTMP have only their own.", "h264"
    )
    megabits: float = key(FloatRange(*MEGABITS), "The most bits a second that it may send.", 6.0)
    machine: str = key(
        Name("the name of a machine"), "Which of the `machines` sends it.", "", default="the only machine"
    )
    synonyms: ClassVar[dict[str, str]] = {"url": "to", "address": "to", "bitrate": "megabits", "encoder": "codec"}


STREAMS = NamedMapping(
    Name("the name of a stream"),
    RecordOf(StreamSpec, "a stream"),
    "streams",
    STREAMS_AT_MOST,
    lambda _found, _reading: None,
)


def streams(words: Mapping[str, StreamSpec | None], reading: Reading) -> tuple[Stream, ...]:
    """The checked streams; reports two with the same address."""
    found: list[Stream] = []
    taken: dict[str, str] = {}
    for name, one in words.items():
        if one is None or not one.output or not one.to:
            continue
        if one.to in taken:
            reading.refuse(
                one.node.at("to"), f"stream {taken[one.to]!r} already goes there; give each an address of its own"
            )
        taken.setdefault(one.to, name)
        found.append(Stream(name, one.output, one.to, one.codec, one.megabits, one.machine))
    return tuple(found)
