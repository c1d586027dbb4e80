"""The web server, on the desk's event loop: one port, one access check; it serves console page, OSCQuery and health."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from installation.desk.network.certificate import Certificate
from installation.desk.network.connections import EncryptedHttp, LimitedHttp, LimitedWebSocket
from installation.desk.network.ports import bind
from installation.errors import DeviceError, RefusedError

MAX_MESSAGE_BYTES = 4_096
"""The longest incoming WebSocket message: a console's longest is an address and a few numbers."""

MAX_CONNECTIONS = 256
"""The most connections at once, of all kinds; a browser with the page open has two, and up to six while it loads."""

CLOSING_SECONDS = 1

FORBIDDEN_WEBSOCKET_CODE = 1008

OPEN_PATHS = frozenset({"/health", "/metrics"})
"""Paths that programs may request under any name of this machine. They change nothing, and check access themselves."""

OTHER_SITES = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site for requests from another origin. Requests that follow a link are allowed all the same."""


class WebServer:
    """Serves routes over HTTP and WebSocket. `open` and `close` run on the desk's event loop.

    `admit(host)` raises RefusedError for hosts that the desk must ignore; `is_in(host)` says whether a host may control
    the show. Every request must name this machine by an address, `localhost`, its own name or one of `names`, and may
    not come from another site's page: otherwise any page open in an operator's browser could press GO. With a
    `certificate` the server speaks TLS.
    """

    def __init__(
        self,
        host: str,
        port: int,
        routes: Sequence[BaseRoute],
        admit: Callable[[str], object],
        is_in: Callable[[str], bool] = lambda _: True,
        names: Collection[str] = (),
        certificate: Certificate | None = None,
    ) -> None:
        """Takes the port, any free one for 0; raises DeviceError if it cannot, or if the certificate is invalid."""
        context = certificate.context() if certificate else None

        class Http(EncryptedHttp if context else LimitedHttp):  # type: ignore[misc]  # one of two, as it is meant
            tls = context

            def may_control(self, host: str) -> bool:
                return is_in(host)

        try:
            self._socket = bind(host, port, socket.SOCK_STREAM)
        except DeviceError as error:
            raise DeviceError(f"console: {error}") from None
        self.port: int = self._socket.getsockname()[1]
        access = Middleware(AccessMiddleware, admit=admit, names=frozenset(map(_plain_name, names)))
        application = Starlette(routes=list(routes), middleware=[access])
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=Http,
                ws=LimitedWebSocket,
                ws_max_size=MAX_MESSAGE_BYTES,
                ws_ping_interval=10.0,
                ws_ping_timeout=10.0,
                ws_per_message_deflate=False,  # pictures are compressed already, and the rest is small
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=CLOSING_SECONDS,
                lifespan="off",
                log_config=None,
                log_level="error",  # strangers' mistakes must not fill the log
                access_log=False,
                server_header=False,
                proxy_headers=False,  # or anybody could claim to be this machine
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="web")
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise DeviceError(f"console port {self.port}: the web server ended at once")
            await asyncio.sleep(0.005)  # uvicorn tells by a flag only, which it sets within one turn of the loop

    async def close(self) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task
            self._task = None
        self._socket.close()


class AccessMiddleware:
    """Middleware: a client that is not admitted, names another machine or comes from another site gets 403."""

    def __init__(self, app: ASGIApp, admit: Callable[[str], object], names: frozenset[str]) -> None:
        self._app = app
        self._admit = admit
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(scope)
        except RefusedError as refused:
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": FORBIDDEN_WEBSOCKET_CODE, "reason": str(refused)[:120]})
            else:
                await PlainTextResponse(f"{refused}\n", status_code=403)(scope, receive, send)
            return
        with suppress(WebSocketDisconnect):  # a client that leaves is no failure
            await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        client = scope.get("client")
        self._admit(client[0] if client else "")
        headers = Headers(scope=scope)
        named, origin = headers.get("host"), headers.get("origin")
        if origin is not None and (named is None or _place(origin) != _place(f"{_scheme(scope)}://{named}")):
            raise RefusedError(f"a page of {origin} may not control the show", "not allowed")
        if headers.get("sec-fetch-site") in OTHER_SITES and headers.get("sec-fetch-mode") != "navigate":
            raise RefusedError("a page of another site may not read the show", "not allowed")
        if named is None or (origin is None and scope["path"].rstrip("/") in OPEN_PATHS and not _is_browser(headers)):
            return  # browsers always send these headers, so this is no browser
        if not self._is_this_machine(named):
            raise RefusedError(
                f"{named!r} is not this machine's address or name; start the player with --known-as, "
                "if it is a name of this machine",
                "not allowed",
            )

    def _is_this_machine(self, named: str) -> bool:
        """Whether a name means this machine. A foreign name server could resolve its own name to it (DNS rebinding)."""
        host = (_place(f"http://{named}") or ("", 0))[0]
        try:
            ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            own = _plain_name(socket.gethostname())
            return host in ("localhost", own, f"{own.partition('.')[0]}.local") or host in self._names
        return True


def _scheme(scope: Scope) -> str:
    """`http` or `https`, for WebSockets, too."""
    return "https" if scope.get("scheme") in ("https", "wss") else "http"


def _is_browser(headers: Headers) -> bool:
    """Whether a request comes from a browser: browsers send Sec-Fetch headers."""
    return any(name.startswith("sec-fetch-") for name in headers)


def _place(origin: str) -> tuple[str, int] | None:
    """Host and port of an origin, None if it is invalid; a trailing dot of a name does not count."""
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:  # brackets that are not an address, a port that is not a number
        return None
    return (_plain_name(parts.hostname), port) if parts.hostname else None


def _plain_name(name: str) -> str:
    return name.casefold().rstrip(".")
