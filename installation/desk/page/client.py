"""One browser or program on the live WebSocket. Its requests are checked like a message from any desk; it gets changes
only."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from installation.desk.network.bearer import bearer_token
from installation.desk.network.json_text import read_json
from installation.desk.page.asking import Asker, Show, messages_asked
from installation.desk.page.rate_limit import FLOOD_CODE, TOO_FAST, RateLimit
from installation.desk.roles import Role
from installation.errors import RefusedError
from installation.failures import FailureLog

logger = logging.getLogger(__name__)

PASSCODE_SECONDS = 120.0
"""The time to type the passcode; then the server disconnects the page, which may connect again."""

TRY_AGAIN_LATER_CODE = 1013


class PageClient:
    """Lives on the desk's event loop as long as its connection."""

    def __init__(self, show: Show, websocket: WebSocket) -> None:
        self._show = show
        self._websocket = websocket
        self.host = websocket.client.host if websocket.client else ""
        # Only browsers send an origin, and the web server admits only our own page's.
        self._source = f"{'page' if 'origin' in websocket.headers else 'http'}:{self.host}"
        self._token = bearer_token(websocket.headers.get("authorization", ""))
        self._known: dict[str, Any] = {}
        self._outline: dict[str, Any] | None = None
        self._entry_number = 0
        self._news: dict[str, Any] | None = None
        self._told = asyncio.Event()
        self._rate_limit = RateLimit(show.steady)
        self._sender: asyncio.Task[None] | None = None
        self._failures = FailureLog(logger)

    @property
    def needs_passcode(self) -> bool:
        """Whether the client must still send a passcode."""
        try:
            self._role()
        except RefusedError:
            return True
        return False

    def _role(self) -> Role:
        """The client's role now; raises RefusedError for a stranger and a wrong token."""
        return self._show.guard.require_token(self.host, self._token, self._show.steady())

    async def listen(self) -> None:
        """Takes requests until the browser leaves, floods, or fails to send a passcode that it needs."""
        await self._welcome()
        came = asyncio.get_running_loop().time()
        while True:
            try:
                async with asyncio.timeout_at(came + PASSCODE_SECONDS if self._sender is None else None):
                    said = await self._websocket.receive_text()
            except (WebSocketDisconnect, KeyError):  # KeyError: it sent bytes
                return
            except TimeoutError:
                await self._websocket.close(TRY_AGAIN_LATER_CODE, f"no passcode came within {PASSCODE_SECONDS:g} s")
                return
            if self._rate_limit.is_too_fast():
                await self._websocket.close(FLOOD_CODE, TOO_FAST)
                return
            await self._answer(said)

    def tell(self, state: dict[str, Any]) -> None:
        """Leaves the newest state in place of one that was not sent yet, so that a slow browser gets fewer states."""
        self._news = state
        self._told.set()

    def leave(self) -> None:
        if self._sender is not None:
            self._sender.cancel()

    async def _welcome(self) -> None:
        try:
            role = self._role()
        except RefusedError:
            await self._send({"type": "locked"})
            return
        await self._send({"type": "welcome", "role": role})
        if self._sender is not None:  # it has another role now
            return
        self._sender = asyncio.create_task(self._send_news(), name="console page, one browser")

    async def _answer(self, said: str) -> None:
        number: object = None
        try:
            asked = read_json(said)
            if not isinstance(asked, dict):
                raise RefusedError("a console sends objects", "malformed")
            number = asked.get("number")
            number = number if isinstance(number, int | str) else None  # it goes back as it came
            if "passcode" in asked:
                self._show.guard.unlock(self.host, str(asked["passcode"]), self._show.steady())
                await self._welcome()
                return
            self._do(self._role(), asked.get("do"), asked.get("with", []))
        except RefusedError as refused:
            self._show.count(refused, self._source)
            await self._send({"type": "refused", "number": number, "sentence": str(refused)})
        else:
            await self._send({"type": "done", "number": number})

    def _do(self, role: Role, address: object, arguments: object) -> None:
        """Puts messages to the show; raises RefusedError for a wrong address or argument."""
        if not isinstance(arguments, list):
            raise RefusedError('a console sends {"do": "/address", "with": [numbers or a cue]}', "malformed")
        for message in messages_asked(self._show, Asker(role, self._source), address, arguments):
            self._show.put(message)

    async def _send_news(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            if self._outline is not self._show.outline:
                self._outline = self._show.outline
                self._known = {}
                await self._send_or_leave_out(self._outline)
            if entries := self._show.feed.since(self._entry_number):
                self._entry_number = entries[-1]["number"]
                await self._send_or_leave_out({"type": "feed", "entries": entries})
            state = self._news or {}
            changed = {name: value for name, value in state.items() if self._known.get(name, self) != value}
            self._known = state
            if changed:
                await self._send_or_leave_out({"type": "state"} | changed)

    async def _send_or_leave_out(self, told: dict[str, Any]) -> None:
        """Sends a line. If it cannot be written as JSON, that is a bug of ours: only this line is lost."""
        with self._failures.guard(f"telling a browser the {told['type']}", ValueError, TypeError):
            await self._send(told)

    async def _send(self, told: dict[str, Any]) -> None:
        await self._websocket.send_text(json.dumps(told, allow_nan=False))
