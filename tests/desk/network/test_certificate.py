"""The page over TLS: the certificate that is given, and what is wrong with one."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import trustme
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.certificate import Certificate
from installation.errors import DeviceError
from tests.desk.scores import tide


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def issued(authority: trustme.CA, folder: Path, until: datetime | None = None) -> Certificate:
    """A certificate for this machine's loopback, and its key, as two files."""
    leaf = authority.issue_cert("127.0.0.1", not_after=until)
    certificate, key = folder / "player.pem", folder / "player.key"
    leaf.cert_chain_pems[0].write_to_path(str(certificate))
    leaf.private_key_pem.write_to_path(str(key))
    return Certificate(certificate, key)


async def greet(_: Request) -> Response:
    return PlainTextResponse("good evening")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


def test_the_page_is_served_with_the_given_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    certificate = issued(authority, tmp_path)
    with Desk(tide(), DeskOptions(certificate=certificate)) as desk:
        port = desk.serve(0, [Route("/greeting", greet)], certificate=certificate)
        assert httpx.get(f"https://127.0.0.1:{port}/greeting", verify=trusting).text == "good evening"
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/greeting")
        assert desk.missing == ()


def test_browsers_and_programs_speak_both_kinds_over_tls(authority: trustme.CA, tmp_path: Path) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    certificate = issued(authority, tmp_path)
    with Desk(tide(), DeskOptions(certificate=certificate)) as desk:
        port = desk.serve(0, [Route("/greeting", greet), WebSocketRoute("/echo", echo)], certificate=certificate)
        url = f"127.0.0.1:{port}"
        with connect(f"wss://{url}/echo", ssl=trusting) as websocket, httpx.Client(verify=trusting) as client:
            for word in ("first", "second"):
                websocket.send(word)
                assert websocket.recv() == word
                assert client.get(f"https://{url}/greeting").text == "good evening"
        assert desk.statistics().failures == {}


def test_who_says_nothing_to_a_port_of_tls_is_let_go_and_counts_as_others_do(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("installation.desk.network.connections.MAX_CONNECTIONS_PER_HOST", 3)
    certificate = issued(authority, tmp_path)
    with Desk(tide(), DeskOptions(certificate=certificate)) as desk, ExitStack() as opened:
        port = desk.serve(0, [Route("/greeting", greet)], certificate=certificate)
        silent = [opened.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(4)]
        with suppress(ConnectionResetError):
            assert silent[3].recv(1) == b"", "there are too many of this host"
        silent[0].sendall(b"GET / HTTP/1.0\r\n\r\n")
        with suppress(ConnectionResetError):
            assert silent[0].recv(100) == b"", "that is not TLS"
        monkeypatch.setattr("installation.desk.network.connections.IDLE_CONNECTION_SECONDS", 0.05)
        late = opened.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        with suppress(ConnectionResetError):
            assert late.recv(1) == b"", "it says nothing"
        assert httpx.get(f"https://127.0.0.1:{port}/greeting", verify=False).text == "good evening"
        assert desk.statistics().failures == {}
    assert caplog.text == ""


def test_a_certificate_whose_time_is_over_is_told_and_served(authority: trustme.CA, tmp_path: Path) -> None:
    certificate = issued(authority, tmp_path, datetime(2020, 1, 1, tzinfo=UTC))
    with Desk(tide(), DeskOptions(certificate=certificate)) as desk:
        port = desk.serve(0, [Route("/greeting", greet)], certificate=certificate)
        assert httpx.get(f"https://127.0.0.1:{port}/greeting", verify=False).text == "good evening"
        assert any("expired" in sentence and str(certificate.path) in sentence for sentence in desk.missing)


def test_a_renewed_certificate_is_another(authority: trustme.CA, tmp_path: Path) -> None:
    certificate = issued(authority, tmp_path, datetime(2020, 1, 1, tzinfo=UTC))
    before = certificate.state()
    os.utime(issued(authority, tmp_path).path, (0, 0))
    assert certificate.state() != before
    assert certificate.doubt == ""


def test_a_certificate_that_is_none_is_told_with_the_way_out(authority: trustme.CA, tmp_path: Path) -> None:
    right = issued(authority, tmp_path)
    nothing = tmp_path / "nothing.pem"
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    other = tmp_path / "other"
    other.mkdir()
    wrong_key = issued(authority, other).key
    for certificate, name in (
        (Certificate(nothing), "nothing.pem"),
        (Certificate(garbage), "garbage.pem"),
        (Certificate(right.path, wrong_key), "player.pem"),
        (Certificate(right.path), "player.pem"),
        (Certificate(right.path, nothing), "nothing.pem"),
    ):
        with pytest.raises(DeviceError, match=name):
            certificate.context()
        with Desk(tide(), DeskOptions(certificate=certificate)) as desk:
            desk.serve(0, certificate=certificate)
            assert [name in sentence for sentence in desk.missing] == [True]
