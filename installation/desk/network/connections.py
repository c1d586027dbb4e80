"""Connections to the web server, with limits of number, silence and slow reading. Over TLS these apply from the first
byte on.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

if TYPE_CHECKING:
    import h11

MAX_CONNECTIONS_PER_HOST = 64
"""The most connections of one host, so that it does not shut out the others."""

MAX_STRANGERS, MAX_STRANGERS_PER_HOST = 64, 16
"""The most connections of hosts that must still send the passcode, so that they do not shut out the others."""

SLOW_READER_SECONDS = 5.0
"""The server disconnects a client that has not read for this long, before much data waits for it."""

IDLE_CONNECTION_SECONDS = 5.0
"""The server disconnects a client that has sent no whole request for this long."""


class SlowReaderCut(asyncio.Protocol):
    """A connection that the server cuts off if the client does not read."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
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


class LimitedHttp(SlowReaderCut, H11Protocol):
    """A connection that the server cuts off if its host has too many, or if no whole request comes."""

    _served_at = 0.0
    _next_look: asyncio.TimerHandle | None = None

    def may_control(self, host: str) -> bool:
        """Whether a host is not a stranger."""
        raise NotImplementedError  # WebServer overrides it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self._served_at = self.loop.time()
        if self._has_place():
            self._look()
        else:
            transport.abort()

    def _has_place(self) -> bool:
        kinds = (H11Protocol, WebSocketsSansIOProtocol)
        hosts = [one.client[0] for one in self.connections if isinstance(one, kinds) and one.client]
        host = self.client[0] if self.client else ""
        if self.may_control(host):
            return hosts.count(host) <= MAX_CONNECTIONS_PER_HOST
        strangers = sum(not self.may_control(one) for one in hosts)
        return hosts.count(host) <= MAX_STRANGERS_PER_HOST and strangers <= MAX_STRANGERS

    def _look(self) -> None:
        """Cuts off an idle connection. Time does not count during an answer: `pause_writing` handles slow readers."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._served_at = self.loop.time()
        elif self.loop.time() - self._served_at >= IDLE_CONNECTION_SECONDS:
            self.transport.abort()
            return
        self._next_look = self.loop.call_later(IDLE_CONNECTION_SECONDS / 4, self._look)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Stops the idle check: the connection is now a WebSocket."""
        self._look_no_more()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._look_no_more()

    def _look_no_more(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None

    def on_response_complete(self) -> None:
        self._served_at = self.loop.time()
        super().on_response_complete()


class LimitedWebSocket(SlowReaderCut, WebSocketsSansIOProtocol):
    """A WebSocket that the server cuts off if the client does not read, and closes if its text is not UTF-8."""

    def send_receive_event_to_app(self) -> None:
        """Like uvicorn's, but closes with the right code for text that is not UTF-8, without a traceback."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()


class EncryptedHttp(LimitedHttp):
    """The same limits over TLS. asyncio's own server would count a connection only after the handshake: a silent client
    would hold a file descriptor for a minute, and a thousand such clients would hold all of them.
    """

    tls: ssl.SSLContext
    _early = b""
    _is_encrypted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.client = transport, transport.get_extra_info("peername")
        self.connections.add(self)
        if self._has_place():
            self._handshake = self.loop.create_task(self._shake_hands(transport))
        else:
            transport.abort()

    async def _shake_hands(self, plain: asyncio.Transport) -> None:
        try:
            encrypted = await self.loop.start_tls(
                plain, self, self.tls, server_side=True, ssl_handshake_timeout=IDLE_CONNECTION_SECONDS
            )
        except OSError:  # such as ssl.SSLError: the client speaks no TLS, or sends nothing
            self.connections.discard(self)
            return
        if encrypted is None:
            return
        self._is_encrypted = True
        super().connection_made(encrypted)
        if self._early:
            super().data_received(self._early)

    def data_received(self, data: bytes) -> None:
        """Takes data; keeps a request that arrives together with the end of the handshake."""
        if self._is_encrypted:
            super().data_received(data)
        else:
            self._early += data
