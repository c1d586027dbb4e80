"""OSC packets at a real desk, random and mutated, over UDP and both framings of TCP.

The desk must not crash, hang or fail inside. It may apply only allowed messages. Packets that are wrong by construction
must change nothing.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from dataclasses import dataclass

from installation.benchmarks.desk import SCORE
from installation.benchmarks.fuzzing.rounds import Figures
from installation.desk.desk import Desk, DeskOptions
from installation.desk.intake import Intake
from installation.desk.network.osc_server import Peer
from installation.desk.network.osc_wire import MAX_PACKET_BYTES, encode_message
from installation.desk.network.peers import LOOPBACK
from installation.desk.rig_gateway import RigControl, RigGateway, RigState
from installation.show.control import Control, Message, initial_control

ROUND = 500
"""Packets between two frames."""

PATIENCE_SECONDS = 30.0


RIG = RigState(
    {
        "/rig/left/corner/top-left": RigControl("/rig/left/corner/top-left", "A corner.", ((-1, 2), (-1, 2))),
        "/rig/left/pattern/grid": RigControl("/rig/left/pattern/grid", "Squares."),
    },
    ("left", "right"),
)


def _bundle(*elements: bytes, time_tag: int = 1) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", time_tag) + b"".join(struct.pack(">i", len(one)) + one for one in elements)


GOOD = (
    encode_message("/go"),
    encode_message("/cue/2/go", 1.0),
    encode_message("/master", 0.5),
    encode_message("/master", 50, 2.0),
    encode_message("/p/p1", 0.25),
    encode_message("/p/{p1,p2}/dmx", 128),
    encode_message("/out/*/level", True),
    encode_message("/locate", 12.5),
    encode_message("/rate", 1.0),
    encode_message("/panic", 1, 0.5),
    encode_message("/sync"),
    encode_message("/atlas/blackout", "now"),
    encode_message("/rig/left/corner/top-left", 0.5, 1.0),
    encode_message("/rig/1/pattern/grid"),
    _bundle(encode_message("/go"), encode_message("/master", 1.0)),
    _bundle(_bundle(encode_message("/back")), encode_message("/p/p1", 0.0)),
    _bundle(encode_message("/restore"), time_tag=2**63),
)

WRONG = (
    *(encode_message("/master", value) for value in (float("nan"), float("inf"), -0.001, 1.001, 1e30, -1, 101)),
    *(encode_message("/p/p1/value", value) for value in (float("nan"), 2.0, -1.0)),
    *(encode_message("/p/p1/dmx", value) for value in (256, -1, float("-inf"))),
    *(encode_message("/locate", value) for value in (float("nan"), -1.0, 1e20)),
    encode_message("/rate", float("nan")),
    encode_message("/engage", 0.5),
    encode_message("/master", "full"),
    encode_message("/master"),
    encode_message("/master", 0.5, float("nan")),
    encode_message("/master", 0.5, -1.0),
    encode_message("/go", float("nan")),
    encode_message("/cue/99/go"),
    encode_message("/nonesuch", 1.0),
    encode_message("/rig/left/corner/top-left", 0.5, float("nan")),
    encode_message("/rig/left/corner/top-left", 0.5),
    encode_message("/rig/" + "9" * 5_000 + "/pattern/grid"),
    encode_message("/p/[/dmx", 1),
    *(packet[:-1] for packet in GOOD),
    *(packet[: len(packet) // 2 | 1] for packet in GOOD),
    _bundle(b"")[:-4] + struct.pack(">i", -4),
    _bundle(b"")[:-4] + struct.pack(">i", 2**31 - 1),
    b"/master\0,f\0\0",
    b"/master\0,q\0\0" + bytes(8),
    b"/\xff\xff\0,\0\0\0",
    b"/" + b"x" * 60_000,
)
"""Packets that are wrong by construction: none may change anything."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The results of a run; it passes if `failures` is empty, `changed_by_wrong` 0 and `answers_afterwards` true."""

    packets: int
    seconds: float
    received: int
    applied: int
    refused: dict[str, int]
    changed_by_wrong: int
    failures: dict[str, int]
    answers_afterwards: bool
    slowest_ms: float
    """The desk's longest processor time for one read: a packet, or up to 64 packets that waited together."""


def fuzz(packets: int, seed: int) -> Findings:
    """Send packets to a desk. Raises AssertionError if the desk applies something that is not allowed."""
    chance = random.Random(seed)
    control, frame_number, sent, changed_by_wrong = initial_control(SCORE), 0, 0, 0
    began = time.monotonic()
    rig = RigGateway()
    rig.state = RIG
    with Desk(SCORE, DeskOptions(osc_port=0), rig=rig) as desk:
        assert desk.osc is not None
        watch = _Stopwatch(desk.intake)
        while sent < packets:
            frame_number += 1
            wrong = frame_number % 4 == 0
            batch = [chance.choice(WRONG) if wrong else _mutated(chance) for _ in range(min(ROUND, packets - sent))]
            _send(desk.osc.port, batch, chance.choice(("udp", "slip", "length")))
            messages = desk.drain(frame_number, control)
            asked = list(iter(rig.next_request, None))
            assert all(-1.0 <= number <= 2.0 for request in asked for number in request.numbers), asked
            changed_by_wrong += wrong * (len(messages) + len(asked))
            control = _applied(control, messages)
            desk.tell(frame_number, control)
            sent += len(batch)
        alive = _answers(desk, frame_number + 1, control)
        figures = desk.statistics()
    return Findings(
        packets=sent,
        seconds=round(time.monotonic() - began, 1),
        received=figures.received,
        applied=figures.applied,
        refused={str(reason): count for reason, count in figures.refused.items()},
        changed_by_wrong=changed_by_wrong,
        failures=dict(figures.failures),
        answers_afterwards=alive,
        slowest_ms=round(1000 * watch.slowest_seconds, 1),
    )


class _Stopwatch:
    """Measures each call that gives an intake packets, in seconds of the calling thread's processor time."""

    def __init__(self, intake: Intake) -> None:
        self.slowest_seconds = 0.0
        self._receive = intake.receive
        intake.receive = self._timed  # type: ignore[method-assign]  # the timed method replaces it

    def _timed(self, packets: list[bytes], peer: Peer) -> None:
        began = time.thread_time()
        self._receive(packets, peer)
        self.slowest_seconds = max(self.slowest_seconds, time.thread_time() - began)


def _mutated(chance: random.Random) -> bytes:
    """A good packet with a few errors, or pure noise."""
    packet = bytearray(chance.choice(GOOD))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(packet) + 1)
        match chance.randrange(7):
            case 0:
                packet[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del packet[at:]
            case 2:
                packet[at:at] = chance.randbytes(chance.randint(1, 8))
            case 3:
                packet[at : at + 4] = struct.pack(">i", chance.choice((0, -1, -4, 4, 2**31 - 1, -(2**31), 0x7FC00000)))
            case 4:
                packet += chance.choice(GOOD)
            case 5:
                packet = bytearray(_bundle(bytes(packet), chance.choice(GOOD)))
            case _:
                packet[at : at + 8] = chance.choice((b"/", b",", b"\0", b"[", b"{", b"*", b",f\0\0", b"#bundle\0"))
    return bytes(packet) if chance.random() < 0.9 else chance.randbytes(chance.randrange(200))


def _send(port: int, packets: list[bytes], transport: str) -> None:
    """Send all packets; over TCP, return when the desk has read them or closed the connection."""
    if transport == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
            for packet in packets:
                console.sendto(packet, (LOOPBACK, port))
        return
    frames = b"".join(_slip(packet) if transport == "slip" else _with_length(packet) for packet in packets)
    with socket.create_connection((LOOPBACK, port), PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(frames)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(MAX_PACKET_BYTES):
                pass
        except (BrokenPipeError, ConnectionResetError):  # the desk closed the connection early, which is allowed
            return


def _slip(packet: bytes) -> bytes:
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def _with_length(packet: bytes) -> bytes:
    return struct.pack(">i", len(packet)) + packet


def _applied(control: Control, messages: list[Message]) -> Control:
    """The state after messages. Raises AssertionError if one is not allowed."""
    ranges = {f"/p/{parameter.name}": (parameter.low, parameter.high) for parameter in SCORE.parameters}
    for message in messages:
        if message.kind == "set":
            low, high = ranges.get(message.target, (0.0, 1.0))
            assert message.target in control.faders, message
            assert low <= message.value <= high, message
        assert 0.0 <= message.fade_seconds <= 3_600.0, message
        control = control.apply(message)
    return control


def _answers(desk: Desk, frame_number: int, control: Control) -> bool:
    """Whether the desk still applies a good message."""
    assert desk.osc is not None
    _send(desk.osc.port, [encode_message("/master", 0.125)], "udp")
    messages = desk.drain(frame_number, control)
    return [(one.target, one.value) for one in messages if one.kind == "set"][-1:] == [("/master", 0.125)]


def osc_round(inputs: int, seed: int, first: int = 0) -> Figures:
    """The findings as figures. A packet may hold several messages, so accepted and refused ones need not add up."""
    found = fuzz(inputs, seed + first)
    figures = Figures(
        found.packets, found.applied, sum(found.refused.values()), slowest_ms=found.slowest_ms, seconds=found.seconds
    )
    for name, count in found.failures.items():
        figures.escaped(name, "the desk failed inside", first)
        figures.escapes[name].inputs = count
    if found.changed_by_wrong:
        figures.escaped("changed", f"{found.changed_by_wrong} messages came of packets that are wrong", first)
    if not found.answers_afterwards:
        figures.escaped("silent", "the desk does not answer any more", first)
    return figures
