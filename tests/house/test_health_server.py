"""The house answers for itself, whether a player plays or not."""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from installation.desk.network.peers import url_of
from installation.errors import DeviceError, RefusedError
from installation.house.display_power import DisplayState
from installation.house.health_server import (
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_HOST,
    WHOLE_SECONDS,
    HealthServer,
)
from installation.house.supervisor import HouseStatistics

PLAYING = HouseStatistics("playing", 3, 2, 1, 0, False, 40, 41, 990, Path("incident-1.json"))
LOOPBACK = "127.0.0.1"


def test_it_is_well_while_a_player_plays_and_says_what_has_happened() -> None:
    now = PLAYING
    displays = {"wall": DisplayState("on", True), "floor": DisplayState("unreachable", True)}
    with HealthServer(LOOPBACK, 0, lambda: now, lambda: displays) as server:
        url = f"http://{LOOPBACK}:{server.port}"
        well = httpx.get(f"{url}/health")
        assert (well.status_code, well.json()["starts"]) == (200, 3)
        assert well.json()["displays"]["floor"] == {"state": "unreachable", "wanted": True}
        assert well.json()["last_incident"] == "incident-1.json"
        now = replace(PLAYING, state="pausing", safe_picture=True, in_a_row=4, process=None)
        ill = httpx.get(f"{url}/health")
        assert (ill.status_code, ill.json()["state"], ill.json()["safe_picture"]) == (503, "pausing", True)
        metrics = httpx.get(f"{url}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        for line in (
            "installation_house_playing 0.0",
            "installation_house_crashes_in_a_row 4.0",
            "installation_house_safe_picture 1.0",
            "# TYPE installation_house_crashes_total counter",
            'installation_house_display_on{display="wall"} 1.0',
            'installation_house_display_on{display="floor"} 0.0',
            'installation_house_display_wanted{display="floor"} 1.0',
        ):
            assert line in metrics.text.splitlines()
        assert httpx.head(f"{url}/metrics").status_code == 200
        assert httpx.get(f"{url}/health/?from=afar").status_code == 503
        assert httpx.get(f"{url}/secrets").status_code == 404


def test_a_port_that_is_taken_is_said_with_the_way_out() -> None:
    with (
        HealthServer(LOOPBACK, 0, lambda: PLAYING) as server,
        pytest.raises(DeviceError, match=rf"{server.port}: .* an address of this machine .* a free port"),
    ):
        HealthServer(LOOPBACK, server.port, lambda: PLAYING)


def test_it_answers_on_the_newer_kind_of_address_too_and_nobody_is_asked_for_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getfqdn", None)  # a network that is silent would be waited for
    try:
        server = HealthServer("::1", 0, lambda: PLAYING)
    except DeviceError as error:
        pytest.skip(str(error))  # a machine without IPv6
    with server:
        assert httpx.get(f"{url_of('::1', server.port)}/health").status_code == 200


def test_whoever_is_not_in_reads_with_the_token_only() -> None:
    def admit(_host: str, token: str) -> None:
        if token != "metrics":
            raise RefusedError("no token", "no passcode")

    with HealthServer(LOOPBACK, 0, lambda: PLAYING, admit_reader=admit) as server:
        for path in ("health", "metrics"):
            url = f"http://{LOOPBACK}:{server.port}/{path}"
            refused = httpx.get(url)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert httpx.get(url, headers={"authorization": "Bearer wrong"}).status_code == 401
            assert httpx.get(url, headers={"authorization": "bearer metrics"}).status_code == 200


def test_a_mistake_in_it_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> HouseStatistics:
        raise ZeroDivisionError("no statistics")

    with HealthServer(LOOPBACK, 0, fails) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://{LOOPBACK}:{server.port}/health")
    assert "ZeroDivisionError: no statistics" in caplog.text


def test_whoever_hangs_up_leaves_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with HealthServer(LOOPBACK, 0, lambda: PLAYING) as server:
        for _ in range(3):
            with socket.create_connection((LOOPBACK, server.port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
                client.sendall(b"GET /health HTTP/1.0\r\n")
        assert httpx.get(f"http://{LOOPBACK}:{server.port}/health").status_code == 200
    assert capfd.readouterr().err == ""


def test_many_slow_connections_neither_use_up_files_nor_blind_the_house() -> None:
    with HealthServer(LOOPBACK, 0, lambda: PLAYING) as server, ExitStack() as slow:
        for _ in range(3 * MAX_CONNECTIONS):
            slow.enter_context(socket.create_connection((LOOPBACK, server.port)))
        assert httpx.get(f"http://{LOOPBACK}:{server.port}/health").status_code == 200
        assert len(server._server._connections) <= MAX_CONNECTIONS


def test_a_host_with_too_many_connections_loses_its_own_oldest_and_nobody_elses() -> None:
    with HealthServer(LOOPBACK, 0, lambda: PLAYING) as server, ExitStack() as opened:
        other = opened.enter_context(socket.create_connection((LOOPBACK, server.port), 5, ("127.0.0.2", 0)))
        other.sendall(b"GET /health HTTP/1.0\r\n")
        slow = [
            opened.enter_context(socket.create_connection((LOOPBACK, server.port), 5))
            for _ in range(MAX_CONNECTIONS_PER_HOST + 1)
        ]
        assert slow[0].recv(1) == b""
        other.sendall(b"\r\n")
        assert other.recv(12) == b"HTTP/1.0 200"


def test_whoever_says_a_letter_now_and_then_is_let_go_in_the_end() -> None:
    now = 0.0
    with (
        HealthServer(LOOPBACK, 0, lambda: PLAYING, steady=lambda: now) as server,
        socket.create_connection((LOOPBACK, server.port), 10) as slow,
    ):
        slow.sendall(b"GET /hea")
        while not server._server._connections:
            pass
        now = WHOLE_SECONDS
        slow.sendall(b"l")
        assert server._server._connections
        now += 1.0
        assert slow.recv(1) == b""
