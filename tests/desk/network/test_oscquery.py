"""OSCQuery over HTTP and WebSocket, and found by mDNS: with clients that know nothing of this player."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pythonoscquery.osc_query_client import OSCQueryClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

from installation.desk.desk import Desk, DeskOptions
from installation.desk.message_checks import messages_for
from installation.desk.network.announcement import host_name
from installation.desk.network.osc_wire import Argument, OscMessage, encode_message, parse_packet
from installation.desk.network.oscquery import MAX_LISTENERS_PER_HOST
from installation.show.control import Control, initial_control
from installation.show.score import Cue
from tests.desk.console import PATIENCE_SECONDS, drain, wait_for
from tests.desk.scores import tide
from tests.sound.tones import heard, sound

SCORE = tide()


@pytest.fixture
def control() -> Control:
    return initial_control(SCORE)


@pytest.fixture
def desk(control: Control) -> Iterator[Desk]:
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        drain(desk, control, 60)
        yield desk


@pytest.fixture
def port(desk: Desk) -> int:
    return desk.serve(0, announce=False)


def get(port: int, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_SECONDS, verify=False)


def hear(websocket: ClientConnection, address: str) -> tuple[Argument, ...]:
    while True:
        message = next_message(websocket)
        if message.address == address:
            return message.arguments


def next_message(websocket: ClientConnection) -> OscMessage:
    packet = websocket.recv(PATIENCE_SECONDS)
    assert isinstance(packet, bytes)
    (message,) = parse_packet(packet)
    return message


def listen(port: int) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}/", open_timeout=PATIENCE_SECONDS, proxy=None)


def test_the_tree_says_what_every_address_takes(port: int) -> None:
    assert get(port, "/master").json() == {
        "FULL_PATH": "/master",
        "TYPE": "f",
        "ACCESS": 3,
        "VALUE": [1.0],
        "RANGE": [{"MIN": 0.0, "MAX": 1.0}],
        "DESCRIPTION": "The light of all outputs.",
    }
    tree = get(port, "/").json()
    assert tree["CONTENTS"]["p"]["CONTENTS"]["zoom"]["DESCRIPTION"] == (
        "How near the camera is; 0 to 1 stands for 1 to 9."
    )
    assert tree["CONTENTS"]["cue"]["CONTENTS"]["flood"]["CONTENTS"]["go"]["TYPE"] == "I"
    assert tree["CONTENTS"]["position"]["UNIT"] == ["s"]


def test_a_show_that_is_heard_tells_how_loud_each_bus_is() -> None:
    score = heard(Cue("a", "a", 9.0, (), sounds=(sound(bus="ceiling"),)))
    with Desk(score, DeskOptions(osc_port=0)) as desk:
        desk.peaks = lambda: {"ceiling": 0.25}
        drain(desk, initial_control(score), 60)
        port = desk.serve(0, announce=False)
        assert get(port, "/sound/ceiling/peak?VALUE").json() == {"VALUE": [0.25]}
        assert get(port, "/sound/ceiling/peak?ACCESS").json() == {"ACCESS": 1}
        assert get(port, "/sound/level?VALUE").json() == {"VALUE": [1.0]}
        assert "/sound/ceiling/peak" in desk.publisher.feedback.timed, "it goes ten times a second"


def test_one_attribute_can_be_asked_for(port: int) -> None:
    assert get(port, "/position?VALUE").json() == {"VALUE": [1.0]}
    assert get(port, "/cue?VALUE").json() == {"VALUE": ["ebb"]}
    assert get(port, "/master?TYPE").json() == {"TYPE": "f"}
    assert get(port, "/master?UNIT").status_code == 204
    assert get(port, "/master?SMELL").status_code == 400
    assert get(port, "/nonesuch").status_code == 404


def test_the_host_says_where_osc_is(desk: Desk, port: int) -> None:
    info = get(port, "/?HOST_INFO").json()
    assert desk.osc is not None
    assert (info["NAME"], info["OSC_PORT"], info["WS_PORT"]) == ("Tide", desk.osc.port, port)
    assert info["EXTENSIONS"]["LISTEN"] is True


def test_a_listener_hears_what_it_listens_to_and_nothing_else(desk: Desk, port: int, control: Control) -> None:
    with listen(port) as websocket:
        websocket.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/master"}))
        assert hear(websocket, "/master") == (1.0,)
        websocket.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/cue"}))
        assert hear(websocket, "/cue") == ("ebb",)
        websocket.send(json.dumps({"COMMAND": "IGNORE", "DATA": "/master"}))
        websocket.send(encode_message("/master", 0.5))
        websocket.send(encode_message("/go"))
        wait_for(desk, 2)
        drain(desk, control, 120)
        heard = [next_message(websocket)]
        while heard[-1].address != "/cue":
            heard.append(next_message(websocket))
        assert heard[-1].arguments == ("flood",)
        assert "/master" not in [message.address for message in heard]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"COMMAND": "DANCE", "DATA": "/master"}', "[" * 4_000])
def test_a_wrong_command_is_answered_and_the_connection_stays(port: int, text: str) -> None:
    with listen(port) as websocket:
        websocket.send(text)
        assert hear(websocket, "/atlas/error")[1] == "malformed"
        websocket.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/nonesuch"}))
        assert hear(websocket, "/atlas/error")[1] == "unknown address"


def test_whatever_is_announced_is_taken(desk: Desk, port: int) -> None:
    """Every node that can be read can be listened to, and every one that can be written takes the ends of its range."""
    nodes = list(below(get(port, "/").json()))
    with listen(port) as websocket:
        for node in nodes:
            if node["ACCESS"] & 1:
                websocket.send(json.dumps({"COMMAND": "LISTEN", "DATA": node["FULL_PATH"]}))
                hear(websocket, node["FULL_PATH"])
    for node in nodes:
        if node["ACCESS"] & 2 and node["FULL_PATH"] != "/sync":
            ends = [(one["MIN"], one["MAX"]) if "MIN" in one else one["VALS"] for one in node.get("RANGE", [])]
            for value in ends[0] if ends else [True]:
                said = struct.unpack(">f", struct.pack(">f", value))[0] if node["TYPE"] == "f" else value
                assert messages_for(desk.space, node["FULL_PATH"], (said,), ""), node


def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in node.get("CONTENTS", {}).values():
        yield from below(child)
    if "TYPE" in node:
        yield node


def test_one_host_alone_does_not_listen_for_all(desk: Desk, port: int) -> None:
    with ExitStack() as opened:
        listeners = [opened.enter_context(listen(port)) for _ in range(MAX_LISTENERS_PER_HOST + 1)]
        with pytest.raises(ConnectionClosed):
            listeners[-1].recv(PATIENCE_SECONDS)
    assert desk.statistics().refused == {"too fast": 1}


def test_an_independent_client_reads_the_tree(desk: Desk, port: int) -> None:
    service = ServiceInfo("_oscjson._tcp.local.", "Tide._oscjson._tcp.local.", port, parsed_addresses=["127.0.0.1"])
    client = OSCQueryClient(service)
    info = client.get_host_info()
    assert info is not None
    assert desk.osc is not None
    assert (info.name, info.osc_port) == ("Tide", desk.osc.port)
    root = client.query_node("/")
    assert root is not None
    assert {"/master", "/p", "/cue", "/go"} <= {node.full_path for node in root.contents}
    warmth = client.query_node("/p/warmth")
    assert warmth is not None
    assert client.last_json is not None
    assert client.last_json["VALUE"] == [0.5]


def test_the_network_finds_the_player_by_mdns() -> None:
    ports: list[int] = []
    found = threading.Event()
    infos: list[ServiceInfo] = []

    class Listener(ServiceListener):
        def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            info = zc.get_service_info(type_, name, int(1_000 * PATIENCE_SECONDS))
            if info is not None and info.port in ports:
                infos.append(info)
                found.set()

        update_service = add_service

    # A title of its own: other tests announce the score's on the same network in the same moment.
    with ExitStack() as opened:
        desk = opened.enter_context(Desk(replace(SCORE, title="Ebb, found"), DeskOptions(osc_port=0)))
        ports.append(desk.serve(0))
        zeroconf = opened.enter_context(closing(Zeroconf(interfaces=["127.0.0.1"])))
        ServiceBrowser(zeroconf, "_oscjson._tcp.local.", Listener())
        assert found.wait(PATIENCE_SECONDS)
    assert infos[0].name.startswith(f"Ebb, found ({host_name(socket.gethostname())[:20]}")
    assert infos[0].parsed_addresses() == ["127.0.0.1"]


def test_oscquery_opens_with_the_desk_where_it_is_asked_for() -> None:
    with Desk(SCORE, DeskOptions(osc_port=0, oscquery_port=0)) as desk:
        assert desk.oscquery_port is not None
        assert get(desk.oscquery_port, "/?HOST_INFO").json()["NAME"] == "Tide"
