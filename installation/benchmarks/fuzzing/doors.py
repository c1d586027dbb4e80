"""Network inputs besides OSC: sACN and Art-Net packets, HTTP requests to player and house, browser messages."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from random import Random

from sacn.messages.data_packet import DataPacket
from sacn.messages.sync_packet import SyncPacket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from installation.benchmarks.desk import SCORE
from installation.benchmarks.fuzzing.mutation import broken_bytes, broken_text, broken_value, json_bytes
from installation.benchmarks.fuzzing.rounds import WAITING_SECONDS, Reader
from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.artnet_input import ArtNetInput
from installation.desk.network.artnet_packets import IDENTITY, DmxPacket, write_dmx
from installation.desk.network.dmx_merge import Patch, Universe
from installation.desk.network.peers import LOOPBACK
from installation.desk.network.sacn_input import SacnInput
from installation.desk.page.page import ConsolePage
from installation.desk.page.snapshot import PageSnapshot
from installation.house.health_server import HealthServer
from installation.house.supervisor import HouseStatistics
from installation.show.control import initial_control

UNIVERSE = Universe(2, (Patch(1, "/master"), Patch(2, "/p/p1", fine=True), Patch(512, "/p/p2")), "release")

ANSWER_SECONDS = 0.05
"""The time within which a server answers a whole request."""

INTERNAL_ERROR = 500
"""The status of a server with an internal failure; 501 and above are deliberate answers."""

POLICY_CODES = frozenset({1000, 1002, 1003, 1007, 1008, 1009})
"""WebSocket closing codes for a client that breaks the rules; 1011 is a server with an internal failure.

The message after an input may meet a connection that is closed already; its code is then lost.
"""

REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n",
    b"HEAD /metrics?x=1 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /console/main.js HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-9\r\nIf-Modified-Since: x\r\n\r\n",
    b"GET /console/%2e%2e/page.py HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /master?VALUE HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /?HOST_INFO HTTP/1.1\r\nHost: localhost.\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nabcd",
    b"PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    *(
        b"POST /api/v1%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (address, len(body), body)
        for address, body in (
            (b"/go", b""),
            (b"/master", b'{"value": 0.5, "fade": 2, "hold": 1.5, "release": 1}'),
            (b"/cue/2/go", b"{}"),
            (b"/load", b'{"cue": "2"}'),
            (b"/rig/left/corner", b'{"values": [1, 0.5, 0.5]}'),
            (b"/passcode", b'{"passcode": "0000"}'),
        )
    ),
    *(
        b"GET /api/v1/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % name
        for name in (b"state", b"values", b"score", b"openapi.json", b"feed?since=1")
    ),
    (
        b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x82abcd12"
    ),
)

ASKED = (
    {"number": 1, "do": "/go", "with": []},
    {"number": 2, "do": "/master", "with": [0.5, 2.0]},
    {"number": 3, "do": "/cue/2/go", "with": [1]},
    {"number": 4, "do": "/locate", "with": ["2"]},
    {"number": 5, "do": "/rig/left/corner", "with": [1, 0.5, 0.5]},
    {"passcode": "0000"},
)


BEHIND = "behind"
"""The number of a message that the page refuses; it follows each input, since not every message has an answer."""


@contextmanager
def sacn(_folder: Path) -> Iterator[Reader]:
    """Packets at the reader of one universe; they may move only its own targets, within 0 to 1."""
    good = [_sacn_packet(sequence, priority) for sequence in (0, 1, 255) for priority in (0, 100, 200)]
    good.append(bytes(SyncPacket((1,) * 16, 7).getBytes()))
    yield _dmx_reader(SacnInput((UNIVERSE,), _moved, _released), good)


@contextmanager
def artnet(_folder: Path) -> Iterator[Reader]:
    """Art-Net packets at the reader of one universe, with the same checks as `sacn`."""
    levels = bytes(channel % 256 for channel in range(512))
    good = [
        write_dmx(DmxPacket(UNIVERSE.number, sequence, levels[:length])) for sequence in (0, 9) for length in (2, 512)
    ]
    good += [IDENTITY + code for code in (b"\x00\x20\x00\x0e\x02\x00", b"\x00\x52\x00\x0e\x00\x00")]
    yield _dmx_reader(ArtNetInput((UNIVERSE,), _moved, _released, lambda _: LOOPBACK), good)


def _dmx_reader(heard: SacnInput | ArtNetInput, good: list[bytes]) -> Reader:
    seconds = count()

    def read(data: bytes) -> bool:
        now = next(seconds) / 44
        heard.receive(data, LOOPBACK, now)
        heard.tick(now)
        return True

    return Reader(lambda chance: broken_bytes(chance, good), read)


def _moved(_universe: int, target: str, share: float, _host: str) -> None:
    assert any(patch.target == target for patch in UNIVERSE.patches), target
    assert 0.0 <= share <= 1.0, share


def _released(_universe: int, target: str, _seconds: float) -> None:
    assert any(patch.target == target for patch in UNIVERSE.patches), target


def _sacn_packet(sequence: int, priority: int) -> bytes:
    levels = tuple(channel % 256 for channel in range(512))
    return bytes(DataPacket((priority,) * 16, "console", UNIVERSE.number, levels, priority, sequence).getBytes())


@contextmanager
def http(_folder: Path) -> Iterator[Reader]:
    """Requests at a player's web server and, about one in four, at the house's."""
    house = HouseStatistics("playing", 1, 0, 0, 0, False, None, 1, 2, None)
    with _page() as (desk, port), HealthServer(LOOPBACK, 0, lambda: house) as health:
        ports = (port, port, port, health.port)

        def read(data: bytes) -> bool:
            status = _status(ports[len(data) % len(ports)], data)
            assert status != INTERNAL_ERROR, "the server broke inside"
            _must_be_sound(desk)
            return 0 < status < 400

        yield Reader(lambda chance: broken_text(chance, REQUESTS), read)


def _status(port: int, request: bytes) -> int:
    """The status of the first answer; 0 if the connection closes without one.

    If the server waits for more of the request, the function ends the sending side.
    """
    answer = b""
    with socket.create_connection((LOOPBACK, port), WAITING_SECONDS) as connection, suppress(ConnectionError):
        connection.sendall(request)
        connection.settimeout(ANSWER_SECONDS)
        try:
            answer = connection.recv(65_536)
        except TimeoutError:
            connection.settimeout(WAITING_SECONDS)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65_536)
    words = answer[:32].split()
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") else 0


@contextmanager
def websocket(_folder: Path) -> Iterator[Reader]:
    """Messages of a browser at the console page: the page answers each, or closes with an allowed code."""
    with _page() as (desk, port), ExitStack() as opened:
        url = f"ws://{LOOPBACK}:{port}/api/v1/live"
        open_connections: list[ClientConnection] = []

        def make(chance: Random) -> bytes:
            if chance.random() < 1 / 20:
                return broken_text(chance, [json.dumps(one).encode() for one in ASKED])
            return json_bytes(chance, broken_value(chance, chance.choice(ASKED)))

        def read(data: bytes) -> bool:
            if not open_connections:
                open_connections.append(opened.enter_context(connect(url, compression=None, proxy=None)))
            try:
                open_connections[0].send(data, text=True)
                open_connections[0].send(json.dumps({"number": BEHIND}))
                taken = _answer(open_connections[0])
            except ConnectionClosed as end:
                open_connections.pop()
                if end.rcvd is not None and end.rcvd.code not in POLICY_CODES:
                    raise
                taken = False
            desk.drain(0, initial_control(SCORE))
            _must_be_sound(desk)
            return taken

        yield Reader(make, read)


def _answer(connection: ClientConnection) -> bool:
    """Whether the page did the input's request before the answer to BEHIND; ignores its reports about the show."""
    done = False
    while (said := json.loads(connection.recv(WAITING_SECONDS))).get("number") != BEHIND:
        done |= said["type"] == "done"
    return done


@contextmanager
def _page() -> Iterator[tuple[Desk, int]]:
    """A desk with its console page and OSCQuery on a port; its clock runs so fast that no input counts as a flood."""
    with (
        Desk(SCORE, DeskOptions()) as desk,
        ConsolePage(desk.put, desk.guard, desk.intake.counters.refuse, _fast_clock()) as page,
    ):
        page.tell(PageSnapshot(SCORE, 0, initial_control(SCORE), ()))
        yield desk, desk.serve(0, page.routes, announce=False)


def _fast_clock() -> Callable[[], float]:
    seconds = count()
    return lambda: float(next(seconds))


def _must_be_sound(desk: Desk) -> None:
    """Raises AssertionError if anything in the desk has failed."""
    failures = {**desk.statistics().failures, **desk.loop.failures}
    assert not failures, f"the desk failed inside: {failures}"
