"""`/health` and `/metrics` of the house itself: they answer even if no player does."""

from __future__ import annotations

import json
import logging
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from installation.desk.network.bearer import bearer_token
from installation.desk.network.peers import url_of
from installation.errors import DeviceError, RefusedError
from installation.house.display_power import DisplayState
from installation.house.metrics import PROMETHEUS, Metric, MetricKind, metric_lines
from installation.house.supervisor import HouseStatistics
from installation.owner import Owner

logger = logging.getLogger(__name__)

REQUEST_SECONDS = 5.0
"""The server drops a client that sends or takes nothing for this long."""

WHOLE_SECONDS = 15.0
"""From the connection to the end of the answer: this also cuts a client that sends single bytes now and then."""

MAX_CONNECTIONS, MAX_CONNECTIONS_PER_HOST = 64, 16
"""At once. The oldest connection makes room for the next, so that slow clients neither use up the house's open files
nor block other clients. If one host has too many, the server closes the oldest of that host."""

FIGURES: tuple[tuple[str, MetricKind, str, str], ...] = (
    ("starts", "counter", "Starts of a player.", "house_starts_total"),
    ("crashes", "counter", "Unrequested ends of the player.", "house_crashes_total"),
    ("hangs", "counter", "Times that the player hung.", "house_hangs_total"),
    ("in_a_row", "gauge", "Crashes since the player last ran steadily.", "house_crashes_in_a_row"),
    ("safe_picture", "gauge", "Whether the safe picture covers the monitors.", "house_safe_picture"),
)

Displays = Mapping[str, DisplayState]


class _Connection(NamedTuple):
    request: socket.socket
    host: str
    since: float

    def cut(self) -> None:
        with suppress(OSError):  # it has ended meanwhile
            self.request.shutdown(socket.SHUT_RDWR)


class _RoomyServer(ThreadingHTTPServer):
    """Limits the number and the duration of its connections; `steady` is a monotonic clock in seconds."""

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], steady: Callable[[], float]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._steady = steady
        self._connections: list[_Connection] = []
        self._changing = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        new = _Connection(request, client_address[0], self._steady())
        with self._changing:
            own = [one for one in self._connections if one.host == new.host]
            if len(own) >= MAX_CONNECTIONS_PER_HOST:
                self._let_go(own[0])
            elif len(self._connections) >= MAX_CONNECTIONS:
                self._let_go(self._connections[0])
            self._connections.append(new)
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """Cut connections that last too long; socketserver calls this twice a second."""
        with self._changing:
            until = self._steady() - WHOLE_SECONDS
            for one in [one for one in self._connections if one.since < until]:
                self._let_go(one)

    def _let_go(self, one: _Connection) -> None:
        self._connections.remove(one)
        one.cut()

    def shutdown_request(self, request: Any) -> None:
        with self._changing:
            self._connections = [one for one in self._connections if one.request is not request]
        super().shutdown_request(request)

    def server_bind(self) -> None:
        """Bind without http.server's lookup of the host's name, which takes long if no name server answers."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002  socketserver gives both
        """Log a client that hangs up during an answer as DEBUG, and an error of our own as ERROR."""
        is_gone = isinstance(sys.exc_info()[1], OSError)
        logger.log(logging.DEBUG if is_gone else logging.ERROR, "no answer to %s", client_address, exc_info=True)


class HealthServer(Owner):
    """Owns the port and the threads that answer; they call `statistics`.

    `displays` returns the states of the displays. `admit_reader` takes a host and its token, and raises RefusedError if
    the host may not read. `/health` is the house's state as JSON, with 200 while a player plays and 503 otherwise.
    Raises DeviceError if the port is not free. The server is the standard library's, so that the house loads no
    further library.
    """

    def __init__(
        self,
        host: str,
        port: int,
        statistics: Callable[[], HouseStatistics],
        displays: Callable[[], Displays] = dict,
        admit_reader: Callable[[str, str], None] = lambda _host, _token: None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            self._server = _RoomyServer((host, port), _handler(statistics, displays, admit_reader), steady)
        except OSError as error:
            way_out = "it must be an address of this machine (--host), and a free port (--health)"
            raise DeviceError(f"{url_of(host, port)}: {error.strerror}; {way_out}") from None
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="house health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(
    statistics: Callable[[], HouseStatistics],
    displays: Callable[[], Displays],
    admit_reader: Callable[[str, str], None],
) -> type[BaseHTTPRequestHandler]:
    """The class that answers one request."""

    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_SECONDS

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].rstrip("/")
            try:
                admit_reader(self.client_address[0], bearer_token(self.headers.get("Authorization", "")))
            except RefusedError as refused:
                self._answer(HTTPStatus.UNAUTHORIZED, "text/plain", f"{refused}\n")
            else:
                self._show(path)

        def _show(self, path: str) -> None:
            if path == "/health":
                now = statistics()
                is_well = now.state == "playing"
                status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
                said = asdict(now) | {"displays": {name: asdict(one) for name, one in displays().items()}}
                self._answer(status, "application/json", json.dumps(said, default=str))
            elif path == "/metrics":
                self._answer(HTTPStatus.OK, PROMETHEUS, house_metrics(statistics(), displays()))
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "/health and /metrics are here\n")

        do_HEAD = do_GET  # noqa: N815  http.server looks for this very name

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("WWW-Authenticate", "Bearer")  # how a client may prove its right to read
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Log nothing: monitoring asks every ten seconds."""

    return Handler


def house_metrics(now: HouseStatistics, displays: Displays) -> str:
    """The house's statistics in Prometheus' text format."""
    figures = asdict(now)
    lines = metric_lines(
        Metric("house_playing", "gauge", "Whether a player plays.", ()), [({}, now.state == "playing")]
    )
    for name, kind, about, metric in FIGURES:
        lines += metric_lines(Metric(metric, kind, about, ()), [({}, figures[name])])
    are_on = [({"display": name}, one.state == "on") for name, one in displays.items()]
    wanted = [({"display": name}, one.wanted) for name, one in displays.items()]
    lines += metric_lines(
        Metric("house_display_on", "gauge", "Whether a display is on, as far as it says.", ()), are_on
    )
    lines += metric_lines(Metric("house_display_wanted", "gauge", "Whether it should be on.", ()), wanted)
    return "\n".join(lines) + "\n"
