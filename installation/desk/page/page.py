"""The console page: static files, and the API's two WebSockets, one for state and requests, one for pictures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from starlette.websockets import WebSocket

from installation.desk.addresses import AddressSpace
from installation.desk.guard import AccessGuard
from installation.desk.network.bearer import bearer_token
from installation.desk.page.api import HttpApi
from installation.desk.page.asking import Put
from installation.desk.page.client import PageClient
from installation.desk.page.feed import Feed
from installation.desk.page.openapi import ROOT
from installation.desk.page.outline import fader_addresses, outline_of
from installation.desk.page.pictures import LivePictures, Viewer
from installation.desk.page.rate_limit import FLOOD_CODE, TOO_FAST, RateLimit
from installation.desk.page.snapshot import PageSnapshot, state_of
from installation.desk.rig_gateway import RigGateway
from installation.desk.show_values import ShowValues
from installation.errors import RefusedError
from installation.owner import Owner
from installation.show.control import Control, Message
from installation.show.score import Score

STATIC = Path(__file__).parent / "static"

MAX_CLIENTS = 32

MAX_WITHOUT_PASSCODE, MAX_WITHOUT_PASSCODE_PER_HOST = 16, 4
"""Limits of the pages that have not sent the passcode yet, kept apart so that they shut nobody else out."""

PUSH_SECONDS = 0.1
"""How often browsers get updates while only time passes; actions go out at once."""

MIN_PUSH_SECONDS = 0.03

MAX_REFUSALS_PER_SECOND = 10
"""The most refusals that the page shows in a second; the desk counts all."""

LOCKED_CODE = 4401
"""The WebSocket closing code that tells the page to ask for the passcode."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class ConsolePage(Owner):
    """The page of one show. Any thread may call `tell`; the routes run on the desk's event loop.

    `put` leaves a message for the next frame; `count` counts the page's own refusals; `values` are the values that
    desks receive. If the guard has a passcode, a client on another machine needs it to see or move anything. The page
    owns `pictures`: offer sheets to it while `pictures.wanted`.
    """

    def __init__(
        self,
        put: Put,
        guard: AccessGuard,
        count: Callable[[RefusedError, str], None] | None = None,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        rig: RigGateway | None = None,
        values: Callable[[], ShowValues] = dict,
    ) -> None:
        self.put = put
        self.values = values
        self.rig = rig
        self.guard = guard
        self.count = count or self.refused
        self.steady = steady
        self.feed = Feed(wall)
        self.pictures = LivePictures()
        self.pictures.changed = self._picture_made
        self.routes: list[BaseRoute] = [
            PageRoute("/", self._index, methods=["GET"]),
            Route("/console/{file:path}", self._static, methods=["GET"]),
            WebSocketRoute(f"{ROOT}/live", self._live),
            WebSocketRoute(f"{ROOT}/pictures", self._pictures),
            *HttpApi(self).routes,
        ]
        self._files = StaticFiles(directory=STATIC)
        self._moment: PageSnapshot | None = None
        self._control: Control | None = None
        self._shown: Score | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: set[PageClient] = set()
        self._refused_second, self._refused_this_second = 0, 0
        self._pusher: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._picture_news = asyncio.Event()
        self.outline: dict[str, Any] = {}
        self.space: AddressSpace | None = None
        logging.getLogger().addHandler(self.feed)

    def tell(self, moment: PageSnapshot) -> None:
        """Takes the present state of the show; costs the caller next to nothing."""
        self._moment = moment
        if moment.control is not self._control:
            self._control = moment.control
            self._wake(self._news)

    @property
    def clients(self) -> int:
        return len(self._clients)

    def refused(self, refused: RefusedError, sender: str) -> None:
        """Shows a refusal to everybody; of a flood only the first few in every second."""
        second = int(self.steady())
        if second != self._refused_second:
            self._refused_second, self._refused_this_second = second, 0
        self._refused_this_second += 1
        if self._refused_this_second <= MAX_REFUSALS_PER_SECOND:
            self.feed.refused(refused, sender)
            self._wake(self._news)

    def applied(self, messages: Iterable[Message], control: Control) -> None:
        """Shows everybody what took effect, and the messages of an ignored desk; `control` is the state before."""
        for message in messages:
            self.feed.applied(message, control.hears(message))

    def close(self) -> None:
        """Closes feed and pictures; the web server, which closes first, ends the routes."""
        logging.getLogger().removeHandler(self.feed)
        self.pictures.close()

    async def _index(self, request: Request) -> Response:
        del request
        return FileResponse(STATIC / "index.html", headers=HEADERS)

    async def _static(self, request: Request) -> Response:
        response = await self._files.get_response(request.path_params["file"], request.scope)
        response.headers.update(HEADERS)
        return response

    async def _live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        client = PageClient(self, websocket)
        if not self._has_room_for(client):
            await websocket.close(1013, f"{MAX_CLIENTS} consoles are already open")
            return
        self._loop = asyncio.get_running_loop()
        self._clients.add(client)
        if self._pusher is None or self._pusher.done():
            self._pusher = asyncio.create_task(self._push(), name="console page")
        try:
            await client.listen()
        finally:
            self._clients.discard(client)
            client.leave()

    def _has_room_for(self, client: PageClient) -> bool:
        alike = [one for one in self._clients if one.needs_passcode == client.needs_passcode]
        if not client.needs_passcode:
            return len(alike) < MAX_CLIENTS
        of_the_host = sum(one.host == client.host for one in alike)
        return len(alike) < MAX_WITHOUT_PASSCODE and of_the_host < MAX_WITHOUT_PASSCODE_PER_HOST

    async def _pictures(self, websocket: WebSocket) -> None:
        await websocket.accept()
        host = websocket.client.host if websocket.client else ""
        try:
            token = bearer_token(websocket.headers.get("authorization", ""))
            self.guard.require_token(host, token, self.steady())
        except RefusedError as refused:
            await websocket.close(LOCKED_CODE, str(refused))
            return
        self._loop = asyncio.get_running_loop()
        viewer, rate_limit = self.pictures.add_viewer(), RateLimit(self.steady)
        sender = asyncio.create_task(self._send_pictures(websocket, viewer), name="live pictures")
        try:
            while (await websocket.receive())["type"] == "websocket.receive":  # the browser has drawn one
                if rate_limit.is_too_fast():
                    await websocket.close(FLOOD_CODE, TOO_FAST)
                    break
                viewer.has_drawn_one()
                self._next_picture()
        finally:
            sender.cancel()
            self.pictures.remove_viewer(viewer)

    async def _send_pictures(self, websocket: WebSocket, viewer: Viewer) -> None:
        """Sends pictures as fast as the browser draws them, always the newest."""
        number = 0
        while True:
            news, newest = self._picture_news, self.pictures.newest
            if newest is not None and newest.number != number and viewer.is_ready:
                number = newest.number
                viewer.was_sent_one()
                await websocket.send_bytes(newest.packet)
            else:
                await news.wait()

    async def _push(self) -> None:
        """Sends all clients the same state, until none is left."""
        while self._clients:
            self._news.clear()
            if state := self.look():
                for client in tuple(self._clients):
                    client.tell(state)
            await asyncio.sleep(MIN_PUSH_SECONDS)
            try:
                async with asyncio.timeout(PUSH_SECONDS - MIN_PUSH_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                continue

    def look(self) -> dict[str, Any]:
        """See asking.Show."""
        if (moment := self._moment) is None:
            return {}
        if moment.score is not self._shown:
            self._show(moment.score)
        state = state_of(moment, self._addresses)
        if self.rig is not None:
            state["rig"] = self.rig.state.shown
        return state

    def _show(self, score: Score) -> None:
        self._shown = score
        self._addresses = fader_addresses(score)
        self.space = AddressSpace(score)
        self.outline = {"type": "outline"} | outline_of(score)

    def _wake(self, event: asyncio.Event) -> None:
        if self._loop is not None and self._clients and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(event.set)

    def _picture_made(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._next_picture)

    def _next_picture(self) -> None:
        """Sets the present event and replaces it; a set event stays set, so that no waiting sender misses it."""
        self._picture_news.set()
        self._picture_news = asyncio.Event()


class PageRoute(Route):
    """Answers only clients that accept HTML, such as browsers; other routes serve the rest."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)
