"""The web server: who gets in, and what a taken port says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.sync.client import connect
from websockets.typing import Origin

from installation.desk.guard import AccessGuard
from installation.desk.network.event_loop import EventLoop
from installation.desk.network.web import MAX_MESSAGE_BYTES, WebServer
from installation.errors import DeviceError


async def greet(request: Request) -> Response:
    return PlainTextResponse(f"good evening, {request.client and request.client.host}")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@pytest.fixture
def server() -> Iterator[WebServer]:
    guard = AccessGuard("127.0.0.1")
    with EventLoop() as loop:
        routes = [Route("/", greet), Route("/health", greet), WebSocketRoute("/echo", echo)]
        server = WebServer("127.0.0.1", 0, routes, lambda host: guard.admit(host, 0.0), names=("Player.museum.lan",))
        loop.run(server.open())
        yield server
        loop.run(server.close())
        assert not loop.failures


def test_this_machine_is_served(server: WebServer) -> None:
    assert httpx.get(f"http://localhost:{server.port}/").text == "good evening, 127.0.0.1"
    with connect(f"ws://127.0.0.1:{server.port}/echo") as websocket:
        websocket.send("hello")
        assert websocket.recv() == "hello"


@pytest.mark.parametrize("named", ["gallery.example", "evil.example:80", "127.0.0.1.evil.example", "", "["])
def test_a_name_that_is_not_this_machines_is_refused(server: WebServer, named: str) -> None:
    assert httpx.get(f"http://127.0.0.1:{server.port}/", headers={"host": named}).status_code in (400, 403)


def test_a_page_of_another_site_cannot_press_go(server: WebServer) -> None:
    origin = Origin("http://evil.example")
    assert httpx.get(f"http://127.0.0.1:{server.port}/", headers={"origin": origin}).status_code == 403
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{server.port}/echo", origin=origin)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://localhost:x", "null", "//", "http://\xe9\u2603"])
def test_an_origin_that_is_none_is_refused(server: WebServer, origin: str) -> None:
    headers = {b"origin": origin.encode()}
    assert httpx.get(f"http://127.0.0.1:{server.port}/", headers=headers).status_code == 403


@pytest.mark.parametrize("named", ["localhost.", "LOCALHOST", "player.museum.lan", "player.museum.lan."])
def test_a_name_of_this_machine_is_the_same_with_a_dot_behind_it(server: WebServer, named: str) -> None:
    headers = {"host": f"{named}:{server.port}", "origin": f"http://{named.rstrip('.')}:{server.port}"}
    assert httpx.get(f"http://127.0.0.1:{server.port}/", headers=headers).status_code == 200


def test_a_program_that_says_no_host_is_no_browser(server: WebServer) -> None:
    assert b" 200 " in asked(server, b"GET / HTTP/1.0\r\n\r\n")
    assert b" 403 " in asked(server, b"GET / HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n")


def test_health_is_read_under_any_name_but_not_by_a_page_of_another_site(server: WebServer) -> None:
    def status(**headers: str) -> int:
        sent = {"host": "player.gallery.example", **{name.replace("_", "-"): said for name, said in headers.items()}}
        return httpx.get(f"http://127.0.0.1:{server.port}/health", headers=sent).status_code

    assert status() == 200
    assert status(sec_fetch_site="same-origin") == 403
    assert status(origin="http://player.gallery.example") == 403


def asked(server: WebServer, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(request)
        return client.recv(65_536)


def test_nobody_can_say_that_he_is_another_machine(server: WebServer) -> None:
    said = httpx.get(f"http://127.0.0.1:{server.port}/", headers={"x-forwarded-for": "10.0.0.9"}).text
    assert said == "good evening, 127.0.0.1"


def test_an_oversized_message_ends_its_connection_only(server: WebServer) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/echo") as other:
        with connect(f"ws://127.0.0.1:{server.port}/echo") as websocket:
            websocket.send("x" * (MAX_MESSAGE_BYTES + 1))
            with pytest.raises(ConnectionClosed):
                websocket.recv()
        other.send("still here")
        assert other.recv() == "still here"


def test_text_that_is_no_utf8_ends_its_connection_only_and_leaves_no_traceback(
    server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"ws://127.0.0.1:{server.port}/echo"
    with connect(url) as other:
        for pieces in ([b"good evening \xff"], [b"in two pieces \xc3", b"\x28"]):
            with connect(url) as websocket:
                websocket.send(pieces, text=True)
                with pytest.raises(ConnectionClosed) as closed:
                    websocket.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == CloseCode.INVALID_DATA
        other.send("gr\u00fc\u00df Gott")
        assert other.recv() == "gr\u00fc\u00df Gott"
    assert caplog.text == ""


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), b"\xff" * 100_000, b"\n"]
)
def test_who_speaks_tls_or_anything_else_to_the_port_is_no_line_in_the_log(
    server: WebServer, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as stranger, suppress(ConnectionError):
            stranger.sendall(said)
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(65_536):
                pass
    assert httpx.get(f"http://127.0.0.1:{server.port}/").status_code == 200
    assert caplog.text == ""


def test_one_machine_alone_does_not_take_all_the_room(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.desk.network.connections.MAX_CONNECTIONS_PER_HOST", 2)
    with ExitStack() as opened:
        for _ in range(2):
            opened.enter_context(connect(f"ws://127.0.0.1:{server.port}/echo"))
        with pytest.raises((httpx.TransportError, ConnectionError)):
            httpx.get(f"http://127.0.0.1:{server.port}/")
    while True:
        with suppress(httpx.TransportError):
            assert httpx.get(f"http://127.0.0.1:{server.port}/").text == "good evening, 127.0.0.1"
            break


def test_who_asks_for_nothing_makes_room(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.desk.network.connections.IDLE_CONNECTION_SECONDS", 0.05)
    with connect(f"ws://127.0.0.1:{server.port}/echo") as websocket:
        whole = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for begun in (b"", b"GET / HTTP/1.1\r\nHost:", whole + b"GET / HTTP/1.1\r\nHost:"):
            with socket.create_connection(("127.0.0.1", server.port)) as silent:
                silent.sendall(begun)
                with suppress(ConnectionResetError):
                    while silent.recv(65_536):
                        pass
        websocket.send("still here")
        assert websocket.recv() == "still here"


def test_a_port_in_use_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DeviceError, match=rf"console: port {port} .*; choose another port, or stop the program"):
            WebServer("127.0.0.1", port, [], lambda _: None)
