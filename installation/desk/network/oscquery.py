"""OSCQuery: the desk's addresses as a JSON tree over HTTP, and their values as they change over WebSocket.

The proposal is at https://github.com/Vidvox/OSCQueryProposal. `/cue` and `/standby` are both containers and values.
Since clients expect a node to be one or the other, the tree does not contain these values: clients get them by `?VALUE`
or LISTEN.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from installation.desk.guard import AccessGuard
from installation.desk.network.json_text import read_json
from installation.desk.network.osc_server import PacketReceiver, Peer
from installation.desk.network.osc_wire import encode_message
from installation.desk.network.query_tree import QueryTree
from installation.desk.show_values import ShowValues
from installation.errors import RefusedError

EXTENSIONS = {
    "ACCESS": True,
    "VALUE": True,
    "RANGE": True,
    "DESCRIPTION": True,
    "UNIT": True,
    "LISTEN": True,
    "PATH_CHANGED": True,
}

MAX_LISTENERS, MAX_LISTENERS_PER_HOST = 32, 16

NODES_PER_UNIT = 4
"""The number of nodes that cost as much as one OSC message: see Intake."""

TOO_MANY_REQUESTS = 429

REFUSED_CODE = 1008


class OscQuery:
    """The routes for the desk's web server. `values` is the state now; `title` names the show.

    A client's OSC packets over WebSocket count like those of any other sender.
    """

    def __init__(
        self,
        tree: QueryTree,
        title: str,
        osc_port: int | None,
        guard: AccessGuard,
        receiver: PacketReceiver,
        values: Callable[[], ShowValues],
        steady: Callable[[], float],
    ) -> None:
        self._tree = tree
        self._title = title
        self._osc_port = osc_port
        self._guard = guard
        self._receiver = receiver
        self._values = values
        self._steady = steady
        self._listeners: dict[Peer, _Subscriber] = {}
        self.routes: list[BaseRoute] = [
            Route("/{path:path}", self._get, methods=["GET"]),
            WebSocketRoute("/", self._listen),
        ]

    def play(self, tree: QueryTree, title: str) -> None:
        """Switches to another score: every listener learns under which paths the addresses have changed."""
        for path in tree.changed_from(self._tree):
            for listener in self._listeners.values():
                listener.queue(json.dumps({"COMMAND": "PATH_CHANGED", "DATA": path}))
        self._tree, self._title = tree, title

    def watch(self, values: ShowValues) -> None:
        """Takes new values: every listener gets those that it listens to and does not know yet."""
        for listener in self._listeners.values():
            listener.tell(values)

    def send(self, packet: bytes, peer: Peer) -> bool:
        """Sends a packet to a WebSocket client; returns whether there was room for it."""
        listener = self._listeners.get(peer)
        return listener is not None and listener.queue(packet)

    def _get(self, request: Request) -> Response:
        host = request.client.host if request.client else ""
        try:
            self._guard.require_passcode(host, self._steady())
        except RefusedError as refused:
            return JSONResponse({"error": str(refused)}, 403)
        attribute = request.url.query
        if attribute == "HOST_INFO":
            return JSONResponse(self._host_info(request.scope["server"]))
        node = self._tree.node(request.url.path, self._values())
        if node is None:
            return JSONResponse({"error": f"{request.url.path}: no such address"}, 404)
        try:
            self._receiver.admit(host, node.size / NODES_PER_UNIT)
        except RefusedError as refused:
            return JSONResponse({"error": str(refused)}, TOO_MANY_REQUESTS)
        if not attribute:
            return JSONResponse(node.as_json())
        if attribute not in node.ATTRIBUTES:
            return JSONResponse({"error": f"{attribute}: allowed are {', '.join(node.ATTRIBUTES)}"}, 400)
        value = node.attribute(attribute)
        return Response(status_code=204) if value is None else JSONResponse({attribute: value})

    def _host_info(self, server: tuple[str, int]) -> dict[str, Any]:
        host, port = server
        info = {"NAME": self._title, "EXTENSIONS": EXTENSIONS, "WS_IP": host, "WS_PORT": port}
        return (
            info
            if self._osc_port is None
            else info | {"OSC_IP": host, "OSC_PORT": self._osc_port, "OSC_TRANSPORT": "UDP"}
        )

    async def _listen(self, websocket: WebSocket) -> None:
        await websocket.accept()
        client = websocket.client
        peer = Peer("websocket", client.host if client else "", client.port if client else 0)
        try:
            self._guard.require_passcode(peer.host, self._steady())
            hosts = [one.host for one in self._listeners]
            if len(hosts) >= MAX_LISTENERS or hosts.count(peer.host) >= MAX_LISTENERS_PER_HOST:
                sentence = f"{len(hosts)} OSCQuery clients are already listening, {hosts.count(peer.host)} of this host"
                raise RefusedError(sentence, "too fast")
        except RefusedError as refused:
            self._receiver.refuse(refused, peer)
            await websocket.close(REFUSED_CODE, str(refused))
            return
        listener = self._listeners[peer] = _Subscriber(websocket)
        try:
            while True:
                self._take(await websocket.receive(), listener, peer)
        except WebSocketDisconnect:
            pass
        finally:
            del self._listeners[peer]
            listener.close()
            self._receiver.leave(peer)

    def _take(self, event: Any, listener: _Subscriber, peer: Peer) -> None:
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        try:
            self._receiver.admit(peer.host)
            if (packet := event.get("bytes")) is not None:
                self._receiver.receive([packet], peer)
            else:
                self._command(event["text"], listener)
        except RefusedError as refused:
            self._receiver.refuse(refused, peer)

    def _command(self, text: str, listener: _Subscriber) -> None:
        try:
            command = read_json(text)
            wish, address = command["COMMAND"], command["DATA"]
        except (RefusedError, KeyError, TypeError):
            raise RefusedError(
                'OSCQuery: a command is {"COMMAND": "LISTEN", "DATA": "/address"}', "malformed"
            ) from None
        values = self._values()
        if wish not in ("LISTEN", "IGNORE"):
            raise RefusedError(
                f"OSCQuery: {str(wish)[:40]!r} is not a command; allowed are LISTEN and IGNORE", "malformed"
            )
        if not isinstance(address, str) or address not in values:
            raise RefusedError(f"OSCQuery: {str(address)[:40]!r} has no value to listen to", "unknown address")
        if wish == "LISTEN":
            listener.addresses.add(address)
            listener.tell(values)
        else:
            listener.addresses.discard(address)
            listener.known.pop(address, None)


class _Subscriber:
    """One WebSocket: the addresses that it listens to, and its known values. It loses packets if its client is slow."""

    def __init__(self, websocket: WebSocket) -> None:
        self.addresses: set[str] = set()
        self.known: ShowValues = {}
        self._packets: asyncio.Queue[bytes | str] = asyncio.Queue(1_024)
        self._sender = asyncio.create_task(self._send_for_ever(websocket), name="OSCQuery listener")

    def tell(self, values: ShowValues) -> None:
        for address in self.addresses & values.keys():
            if self.known.get(address) != values[address] and self.queue(encode_message(address, *values[address])):
                self.known[address] = values[address]

    def queue(self, packet: bytes | str) -> bool:
        """Queues an OSC packet, or a command as text; returns whether there was room."""
        if self._packets.full():
            return False
        self._packets.put_nowait(packet)
        return True

    def close(self) -> None:
        self._sender.cancel()

    async def _send_for_ever(self, websocket: WebSocket) -> None:
        while True:
            packet = await self._packets.get()
            if isinstance(packet, str):
                await websocket.send_text(packet)
            else:
                await websocket.send_bytes(packet)
