"""The web server: one port and one door, on the desk's event loop; console page, OSCQuery and health are its routes."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
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
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from installation.desk.network.ports import bind
from installation.errors import DeviceError, RefusedError

MAX_MESSAGE_BYTES = 4_096
"""Of one WebSocket message that comes in: a console's longest is an address and a few numbers."""

MAX_CONNECTIONS = 256
"""At once, of all kinds; a browser with the page open holds two, and up to six while it loads."""

MAX_CONNECTIONS_PER_HOST = 64
"""Of these, so that one machine alone does not shut out the others."""

CLOSING_SECONDS = 1

FORBIDDEN_WEBSOCKET_CODE = 1008

SLOW_READER_SECONDS = 5.0
"""Who has not read for so long what was sent to him is cut off, before much gathers."""

IDLE_CONNECTION_SECONDS = 5.0
"""Who has connected and asked for nothing by then makes room for others."""


class WebServer:
    """Serves routes over HTTP and WebSocket. `open` and `close` run on the desk's event loop.

    `admit(host)` raises RefusedError for hosts that are not to be heard at all. Every request must name this machine
    by an address, `localhost` or its own name, and may not come from another site's page: otherwise any page that an
    operator has open could press GO.
    """

    def __init__(self, host: str, port: int, routes: Sequence[BaseRoute], admit: Callable[[str], None]) -> None:
        """Takes the port; raises DeviceError if it cannot. Port 0 takes any free one."""
        try:
            self._socket = bind(host, port, socket.SOCK_STREAM)
        except DeviceError as error:
            raise DeviceError(f"console: {error}") from None
        self.port: int = self._socket.getsockname()[1]
        application = Starlette(routes=list(routes), middleware=[Middleware(AccessMiddleware, admit=admit)])
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=LimitedHttp,
                ws=LimitedWebSocket,
                ws_max_size=MAX_MESSAGE_BYTES,
                ws_ping_interval=10.0,
                ws_ping_timeout=10.0,
                ws_per_message_deflate=False,  # pictures are compressed already, and the rest is small
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=CLOSING_SECONDS,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # or anybody could say that he is this machine
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


class LimitedHttp(H11Protocol):
    """A connection that is cut off when its host has too many, or when nothing is asked for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        kinds = (H11Protocol, WebSocketsSansIOProtocol)
        hosts = [one.client[0] for one in self.connections if isinstance(one, kinds) and one.client]
        if self.client and hosts.count(self.client[0]) > MAX_CONNECTIONS_PER_HOST:
            transport.abort()
        else:
            self.loop.call_later(IDLE_CONNECTION_SECONDS, self._look)

    def _look(self) -> None:
        if self.cycle is None and self.transport.get_protocol() is self:
            self.transport.abort()


class LimitedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that is cut off when the other side does not read."""

    _cut: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cut = self.loop.call_later(SLOW_READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stay()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stay()

    def _stay(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None


class AccessMiddleware:
    """Middleware: whoever is not admitted, names another machine or comes from another site gets 403."""

    def __init__(self, app: ASGIApp, admit: Callable[[str], None]) -> None:
        self._app = app
        self._admit = admit

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
        named = headers.get("host", "")
        if not _is_this_machine(named):
            raise RefusedError(f"{named!r} is not this machine's address or name", "not allowed")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.casefold() != named.casefold():
            raise RefusedError(f"a page of {origin} may not control the show", "not allowed")


def _is_this_machine(named: str) -> bool:
    """A name that somebody else's name server answers for could lead a browser here (DNS rebinding)."""
    try:
        host = urlsplit(f"//{named}").hostname or ""
    except ValueError:
        return False
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        own = socket.gethostname().casefold()
        return host in ("localhost", own, f"{own.partition('.')[0]}.local")
    return True
